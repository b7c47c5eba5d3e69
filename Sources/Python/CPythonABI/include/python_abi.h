// SPDX-License-Identifier: Apache-2.0

// The part of CPython's stable ABI that a worker uses, declared by hand: no header of Python is
// needed to build, and one file serves every interpreter from 3.8 on. The symbols are those of the
// interpreter that loads the worker.
//
// A symbol that is younger than 3.8 must be weak and tested before use, for the interpreter loads
// with RTLD_NOW: one that it lacks and the whole module could not be imported.

#ifndef APUS_PYTHON_ABI_H
#define APUS_PYTHON_ABI_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

typedef struct _object PyObject;
typedef struct _typeobject PyTypeObject;
typedef struct _ts PyThreadState;
typedef intptr_t Py_ssize_t;

typedef PyObject *_Nullable (*PyCFunction)(PyObject *_Nullable self, PyObject *_Nullable arguments);

typedef struct {
    const char *_Nullable name;
    PyCFunction _Nullable function;
    int flags;
    const char *_Nullable doc;
} PyMethodDef;

enum { METH_VARARGS = 1, METH_NOARGS = 4, METH_O = 8 };

// Of the object's head; of a build with the GIL, which is all that abi3 covers.
enum { APUS_OBJECT_HEAD = 2 * sizeof(void *) };

static inline PyTypeObject *apus_type(PyObject *object) {
    return ((PyTypeObject **)(void *)object)[1];
}

typedef struct {
    intptr_t references;
    void *_Nullable type;
    void *_Nullable init;
    Py_ssize_t index;
    PyObject *_Nullable copy;
    const char *name;
    const char *_Nullable doc;
    Py_ssize_t size;
    PyMethodDef *_Nullable methods;
    void *_Nullable slots;
    void *_Nullable traverse;
    void *_Nullable clear;
    void *_Nullable free;
} PyModuleDef;

typedef struct {
    int slot;
    void *_Nullable function;
} PyType_Slot;

typedef struct {
    const char *name;
    int basicsize;
    int itemsize;
    unsigned int flags;
    PyType_Slot *slots;
} PyType_Spec;

enum {
    Py_tp_call = 50, Py_tp_dealloc = 52, Py_tp_iter = 62, Py_tp_iternext = 63, Py_tp_methods = 64,
    Py_tp_new = 65, Py_am_await = 77,
};
enum { APUS_TYPE_DEFAULT = 1 << 18 };
enum {
    APUS_SUBCLASS_OF_LONG = 1 << 24, APUS_SUBCLASS_OF_LIST = 1 << 25,
    APUS_SUBCLASS_OF_TUPLE = 1 << 26, APUS_SUBCLASS_OF_BYTES = 1 << 27,
    APUS_SUBCLASS_OF_STR = 1 << 28, APUS_SUBCLASS_OF_DICT = 1 << 29,
};

// MARK: Modules and types

PyObject *_Nullable PyModule_Create2(PyModuleDef *definition, int version);
/// Takes over the reference if it returns 0.
int PyModule_AddObject(PyObject *module, const char *name, PyObject *value);
int PyModule_AddIntConstant(PyObject *module, const char *name, long value);
PyObject *_Nullable PyType_FromSpec(PyType_Spec *specification);
PyObject *_Nullable PyType_GenericAlloc(PyTypeObject *type, Py_ssize_t items);
unsigned long PyType_GetFlags(PyTypeObject *type);
void PyObject_Free(void *_Nullable object);

// MARK: Objects

extern PyObject _Py_NoneStruct, _Py_TrueStruct, _Py_FalseStruct;
extern PyTypeObject PyList_Type, PyTuple_Type, PyBytes_Type;

static inline PyObject *apus_none(void) { return &_Py_NoneStruct; }
static inline PyObject *apus_true(void) { return &_Py_TrueStruct; }
static inline PyObject *apus_false(void) { return &_Py_FalseStruct; }
static inline int apus_is_list(PyObject *object) { return apus_type(object) == &PyList_Type; }
static inline int apus_is_tuple(PyObject *object) { return apus_type(object) == &PyTuple_Type; }

void Py_IncRef(PyObject *_Nullable object);
void Py_DecRef(PyObject *_Nullable object);
PyObject *_Nullable PyObject_GetAttr(PyObject *object, PyObject *name);
PyObject *_Nullable PyObject_GetAttrString(PyObject *object, const char *name);
int PyObject_IsTrue(PyObject *object);
PyObject *_Nullable PyObject_Str(PyObject *object);
PyObject *_Nullable PyObject_GetIter(PyObject *object);
PyObject *_Nullable PyIter_Next(PyObject *iterator);
PyObject *_Nullable PyObject_Call(PyObject *callable, PyObject *arguments, PyObject *_Nullable named);
PyObject *_Nullable PyObject_CallObject(PyObject *callable, PyObject *_Nullable arguments);
PyObject *_Nullable PyObject_CallFunctionObjArgs(PyObject *callable, ...);
PyObject *_Nullable PyObject_CallMethodObjArgs(PyObject *object, PyObject *name, ...);

static inline PyObject *_Nullable apus_call0(PyObject *callable) {
    return PyObject_CallFunctionObjArgs(callable, NULL);
}
static inline PyObject *_Nullable apus_call1(PyObject *callable, PyObject *a) {
    return PyObject_CallFunctionObjArgs(callable, a, NULL);
}
static inline PyObject *_Nullable apus_call2(PyObject *callable, PyObject *a, PyObject *b) {
    return PyObject_CallFunctionObjArgs(callable, a, b, NULL);
}
static inline PyObject *_Nullable apus_call3(
    PyObject *callable, PyObject *a, PyObject *b, PyObject *c) {
    return PyObject_CallFunctionObjArgs(callable, a, b, c, NULL);
}
static inline PyObject *_Nullable apus_call_method(PyObject *object, PyObject *name) {
    return PyObject_CallMethodObjArgs(object, name, NULL);
}

// MARK: Numbers, text and bytes

PyObject *_Nullable PyLong_FromLongLong(long long value);
PyObject *_Nullable PyLong_FromUnsignedLongLong(unsigned long long value);
long long PyLong_AsLongLong(PyObject *object);
unsigned long long PyLong_AsUnsignedLongLong(PyObject *object);

PyObject *_Nullable PyUnicode_DecodeLatin1(
    const char *_Nullable text, Py_ssize_t length, const char *_Nullable errors);
PyObject *_Nullable PyUnicode_DecodeUTF8(
    const char *_Nullable text, Py_ssize_t length, const char *_Nullable errors);
PyObject *_Nullable PyUnicode_InternFromString(const char *text);
void PyUnicode_InternInPlace(PyObject *_Nonnull *_Nonnull text);
PyObject *_Nullable PyUnicode_AsLatin1String(PyObject *text);
PyObject *_Nullable PyUnicode_AsEncodedString(
    PyObject *text, const char *encoding, const char *_Nullable errors);
/// Stable from 3.10 on, exported long before.
const char *_Nullable PyUnicode_AsUTF8AndSize(PyObject *text, Py_ssize_t *length);
Py_ssize_t PyUnicode_GetLength(PyObject *text);

PyObject *_Nullable PyBytes_FromStringAndSize(const char *_Nullable bytes, Py_ssize_t length);
char *_Nullable PyBytes_AsString(PyObject *bytes);
Py_ssize_t PyBytes_Size(PyObject *bytes);
int _PyBytes_Resize(PyObject *_Nullable *_Nonnull bytes, Py_ssize_t length);

// MARK: Containers

PyObject *_Nullable PyTuple_New(Py_ssize_t length);
Py_ssize_t PyTuple_Size(PyObject *tuple);
/// Borrowed.
PyObject *_Nullable PyTuple_GetItem(PyObject *tuple, Py_ssize_t index);
/// Takes over the reference.
int PyTuple_SetItem(PyObject *tuple, Py_ssize_t index, PyObject *value);
PyObject *_Nullable PyList_New(Py_ssize_t length);
Py_ssize_t PyList_Size(PyObject *list);
/// Borrowed.
PyObject *_Nullable PyList_GetItem(PyObject *list, Py_ssize_t index);
int PyList_Append(PyObject *list, PyObject *value);
PyObject *_Nullable PyDict_New(void);
PyObject *_Nullable PyDict_Copy(PyObject *dictionary);
int PyDict_SetItem(PyObject *dictionary, PyObject *key, PyObject *value);
int PyDict_SetItemString(PyObject *dictionary, const char *key, PyObject *value);
int PyDict_DelItem(PyObject *dictionary, PyObject *key);
/// Borrowed; no exception if it is missing.
PyObject *_Nullable PyDict_GetItemWithError(PyObject *dictionary, PyObject *key);

// MARK: Exceptions

extern PyObject *PyExc_AssertionError, *PyExc_OSError, *PyExc_RuntimeError, *PyExc_TypeError,
    *PyExc_ValueError, *PyExc_StopIteration, *PyExc_MemoryError;

static inline PyObject *apus_assertion_error(void) { return PyExc_AssertionError; }
static inline PyObject *apus_os_error(void) { return PyExc_OSError; }
static inline PyObject *apus_runtime_error(void) { return PyExc_RuntimeError; }
static inline PyObject *apus_type_error(void) { return PyExc_TypeError; }
static inline PyObject *apus_value_error(void) { return PyExc_ValueError; }
static inline PyObject *apus_stop_iteration(void) { return PyExc_StopIteration; }

PyObject *_Nullable PyErr_Occurred(void);
void PyErr_Clear(void);
int PyErr_ExceptionMatches(PyObject *type);
void PyErr_SetString(PyObject *type, const char *message);
void PyErr_SetObject(PyObject *type, PyObject *_Nullable value);
PyObject *_Nullable PyErr_SetFromErrno(PyObject *type);
PyObject *_Nullable PyErr_NoMemory(void);
void PyErr_Fetch(
    PyObject *_Nullable *_Nonnull type, PyObject *_Nullable *_Nonnull value,
    PyObject *_Nullable *_Nonnull traceback);
void PyErr_Restore(
    PyObject *_Nullable type, PyObject *_Nullable value, PyObject *_Nullable traceback);
void PyErr_NormalizeException(
    PyObject *_Nullable *_Nonnull type, PyObject *_Nullable *_Nonnull value,
    PyObject *_Nullable *_Nonnull traceback);
int PyErr_CheckSignals(void);
void PyErr_WriteUnraisable(PyObject *_Nullable object);

// MARK: Threads

PyThreadState *_Nullable PyEval_SaveThread(void);
void PyEval_RestoreThread(PyThreadState *_Nullable state);
int PyThreadState_SetAsyncExc(unsigned long thread, PyObject *_Nullable exception);

#pragma clang assume_nonnull end

#endif
