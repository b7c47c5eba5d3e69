# SPDX-License-Identifier: Apache-2.0
# What `python -I -c` runs: loads the extension from its descriptor, and the parts of the worker
# from the extension.
import sys
from importlib.machinery import ExtensionFileLoader, ModuleSpec

EXTENSION = 7


def load(path):
    loader = ExtensionFileLoader("apus_worker", path)
    module = loader.create_module(ModuleSpec("apus_worker", loader, origin=path))
    loader.exec_module(module)
    return module


def load_extension():
    import os
    try:
        return load("/proc/self/fd/%d" % EXTENSION)
    except ImportError:
        if os.path.exists("/proc/self/fd"):
            raise
    # In a root directory without /proc a file needs a name to be loaded.
    import tempfile
    with open(EXTENSION, "rb", closefd=False) as file, tempfile.NamedTemporaryFile() as copy:
        file.seek(0)
        copy.write(file.read())
        copy.flush()
        return load(copy.name)


def part(name):
    """Makes a module of a part of the worker, `apus_worker.NAME`."""
    module = type(sys)("apus_worker." + name)
    module.__file__ = "<apus_worker/%s.py>" % name
    sys.modules[module.__name__] = module
    setattr(extension, name, module)
    exec(compile(extension.source(name), module.__file__, "exec"), module.__dict__)
    return module


sys.modules["apus_worker"] = extension = load_extension()
extension.part = part
for name in ("control", "logs", "restrictions", "interfaces", "scripts", "authorization", "ending", "wsgi", "template", "worker"):
    part(name)
extension.worker.main()
