// SPDX-License-Identifier: Apache-2.0

// What the ASGI side uses of the stable ABI beyond python_abi.h: coroutines and callables.

#ifndef APUS_PYTHON_ABI_ASYNC_H
#define APUS_PYTHON_ABI_ASYNC_H

#include "python_abi.h"

#pragma clang assume_nonnull begin

enum { Py_tp_getset = 73, Py_am_send = 81 };
/// What a coroutine, or an `am_send`, answers.
enum { APUS_SEND_RETURN = 0, APUS_SEND_ERROR = -1, APUS_SEND_NEXT = 1 };

typedef struct {
    const char *_Nullable name;
    PyObject *_Nullable (*_Nullable get)(PyObject *_Nullable, void *_Nullable);
    int (*_Nullable set)(PyObject *_Nullable, PyObject *_Nullable, void *_Nullable);
    const char *_Nullable doc;
    void *_Nullable closure;
} PyGetSetDef;

PyObject *_Nullable PyCFunction_NewEx(
    PyMethodDef *definition, PyObject *_Nullable self, PyObject *_Nullable module);
/// Younger than 3.8: since 3.10.
extern int PyIter_Send(PyObject *iterator, PyObject *value, PyObject *_Nullable *_Nonnull result)
    __attribute__((weak));
static inline int apus_has_iter_send(void) { return PyIter_Send != NULL; }

PyObject *_Nullable PyImport_ImportModule(const char *name);
int PyObject_AsFileDescriptor(PyObject *file);
PyObject *_Nullable PySequence_List(PyObject *iterable);
/// Takes over the reference.
int PyList_SetItem(PyObject *list, Py_ssize_t index, PyObject *value);
PyObject *_Nullable PyBytes_FromObject(PyObject *object);
PyObject *_Nullable PyWeakref_NewRef(PyObject *object, PyObject *_Nullable callback);
int PySet_Add(PyObject *set, PyObject *key);
/// - Returns: 1 if it was in, 0 if not, -1 with an exception.
int PySet_Discard(PyObject *set, PyObject *key);
Py_ssize_t PySet_Size(PyObject *set);
int PyObject_SetAttrString(PyObject *object, const char *name, PyObject *value);
void PyErr_SetNone(PyObject *type);
PyObject *_Nullable PyErr_SetFromErrnoWithFilenameObject(
    PyObject *type, PyObject *_Nullable name);
int PyErr_GivenExceptionMatches(PyObject *_Nullable given, PyObject *type);
int PyException_SetTraceback(PyObject *exception, PyObject *traceback);

static inline PyObject *_Nullable apus_call_method1(PyObject *object, PyObject *name, PyObject *a) {
    return PyObject_CallMethodObjArgs(object, name, a, NULL);
}
static inline PyObject *_Nullable apus_call_method2(
    PyObject *object, PyObject *name, PyObject *a, PyObject *b) {
    return PyObject_CallMethodObjArgs(object, name, a, b, NULL);
}
static inline PyObject *_Nullable apus_call_method3(
    PyObject *object, PyObject *name, PyObject *a, PyObject *b, PyObject *c) {
    return PyObject_CallMethodObjArgs(object, name, a, b, c, NULL);
}

#pragma clang assume_nonnull end

#endif
