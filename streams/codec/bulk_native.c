/* What streams/codec/bulk_python.py does, which is the one to read: the same records and bytes, without the interpreter
   and without an object made on the way (decision 0194).

   SHA-256 is OpenSSL's, from the very libcrypto that Python's hashlib has loaded: found by name among the loaded
   libraries, never loaded here, so that there is one to keep up to date. SHA256_Init and its like are called since
   EVP takes twice as long for a short row; their struct has been the same since OpenSSL 0.9.8. Where Python has libcrypto
   built in, importing this raises ImportError, and bulk_python.py does the work. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <dlfcn.h>
#include <stdint.h>
#include <string.h>

#define LEAF 32
#define FIELDS 7 /* of a SourceRecord */
#define FIXED 20 /* bytes of partition, offset and timestamp */

/* SHA256_CTX takes 112 bytes. */
typedef union {
    uint64_t aligned[32];
    unsigned char bytes[256];
} Sha256;

static int (*sha256_init)(Sha256 *);
static int (*sha256_update)(Sha256 *, const void *, size_t);
static int (*sha256_final)(unsigned char *, Sha256 *);

static PyTypeObject *source_record; /* SourceRecord, a tuple of FIELDS */
static PyObject *name_topic, *name_offset, *name_timestamp, *name_key, *name_value, *name_headers;

static unsigned char *put_4(unsigned char *to, uint32_t number)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        *to++ = (unsigned char)(number >> shift);
    return to;
}

static unsigned char *put_8(unsigned char *to, uint64_t number)
{
    return put_4(put_4(to, (uint32_t)(number >> 32)), (uint32_t)number);
}

static int add_sized(Sha256 *hash, const void *data, Py_ssize_t length)
{
    unsigned char size[4];
    if ((uint64_t)length >= UINT32_MAX) {
        PyErr_SetString(PyExc_OverflowError, "a record's field has 4 GiB or more");
        return -1;
    }
    put_4(size, (uint32_t)length);
    sha256_update(hash, size, sizeof size);
    sha256_update(hash, data, (size_t)length);
    return 0;
}

/* Bytes or None: the length, all bits set for None, then the bytes. */
static int add_bytes(Sha256 *hash, PyObject *value, const char *what)
{
    if (value == Py_None) {
        sha256_update(hash, "\xff\xff\xff\xff", 4);
        return 0;
    }
    if (!PyBytes_Check(value)) {
        PyErr_Format(PyExc_TypeError, "a record's %s is bytes or None, not %.80s", what, Py_TYPE(value)->tp_name);
        return -1;
    }
    return add_sized(hash, PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value));
}

static int add_text(Sha256 *hash, PyObject *text, const char *what)
{
    Py_ssize_t length;
    const char *data;
    if (!PyUnicode_Check(text)) {
        PyErr_Format(PyExc_TypeError, "a record's %s is str, not %.80s", what, Py_TYPE(text)->tp_name);
        return -1;
    }
    data = PyUnicode_AsUTF8AndSize(text, &length);
    return data == NULL ? -1 : add_sized(hash, data, length);
}

static int partition_of(PyObject *number, uint32_t *partition)
{
    unsigned long found = PyLong_AsUnsignedLong(number);
    if (found == (unsigned long)-1 && PyErr_Occurred())
        return -1;
    if (found > UINT32_MAX) {
        PyErr_SetString(PyExc_OverflowError, "a partition has 32 bits");
        return -1;
    }
    *partition = (uint32_t)found;
    return 0;
}

static int signed_of(PyObject *number, int64_t *found)
{
    *found = PyLong_AsLongLong(number);
    return *found == -1 && PyErr_Occurred() ? -1 : 0;
}

static int add_headers(Sha256 *hash, PyObject *headers)
{
    if (!PyTuple_Check(headers)) {
        PyErr_SetString(PyExc_TypeError, "a record's headers are a tuple of pairs");
        return -1;
    }
    for (Py_ssize_t place = 0; place < PyTuple_GET_SIZE(headers); place++) {
        PyObject *pair = PyTuple_GET_ITEM(headers, place);
        if (!PyTuple_Check(pair) || PyTuple_GET_SIZE(pair) != 2) {
            PyErr_SetString(PyExc_TypeError, "a record's headers are a tuple of pairs");
            return -1;
        }
        if (add_text(hash, PyTuple_GET_ITEM(pair, 0), "header name") < 0 ||
            add_bytes(hash, PyTuple_GET_ITEM(pair, 1), "header value") < 0)
            return -1;
    }
    return 0;
}

static int source_leaf(PyObject *record, unsigned char *leaf)
{
    Sha256 hash;
    unsigned char fixed[FIXED], *end;
    uint32_t partition;
    int64_t offset, timestamp;
    if (!PyTuple_Check(record) || PyTuple_GET_SIZE(record) != FIELDS) {
        PyErr_Format(PyExc_TypeError, "a SourceRecord is wanted, not %.80s", Py_TYPE(record)->tp_name);
        return -1;
    }
    sha256_init(&hash);
    if (add_text(&hash, PyTuple_GET_ITEM(record, 0), "topic") < 0 ||
        partition_of(PyTuple_GET_ITEM(record, 1), &partition) < 0 ||
        signed_of(PyTuple_GET_ITEM(record, 2), &offset) < 0 || signed_of(PyTuple_GET_ITEM(record, 3), &timestamp) < 0)
        return -1;
    end = put_8(put_8(put_4(fixed, partition), (uint64_t)offset), (uint64_t)timestamp);
    sha256_update(&hash, fixed, (size_t)(end - fixed));
    if (add_bytes(&hash, PyTuple_GET_ITEM(record, 4), "key") < 0 ||
        add_bytes(&hash, PyTuple_GET_ITEM(record, 5), "value") < 0 ||
        add_headers(&hash, PyTuple_GET_ITEM(record, 6)) < 0)
        return -1;
    sha256_final(leaf, &hash);
    return 0;
}

static int output_leaf(PyObject *record, uint32_t partition, unsigned char *leaf)
{
    Sha256 hash;
    unsigned char fixed[FIXED], *end;
    int64_t instant;
    int status = -1;
    PyObject *topic = PyObject_GetAttr(record, name_topic), *key = NULL, *value = NULL, *timestamp = NULL;
    if (topic == NULL || (key = PyObject_GetAttr(record, name_key)) == NULL ||
        (value = PyObject_GetAttr(record, name_value)) == NULL ||
        (timestamp = PyObject_GetAttr(record, name_timestamp)) == NULL || signed_of(timestamp, &instant) < 0)
        goto done;
    sha256_init(&hash);
    if (add_text(&hash, topic, "topic") < 0)
        goto done;
    end = put_8(put_4(fixed, partition), (uint64_t)instant);
    sha256_update(&hash, fixed, (size_t)(end - fixed));
    if (add_bytes(&hash, key, "key") < 0 || add_bytes(&hash, value, "value") < 0)
        goto done;
    sha256_final(leaf, &hash);
    status = 0;
done:
    Py_XDECREF(topic);
    Py_XDECREF(key);
    Py_XDECREF(value);
    Py_XDECREF(timestamp);
    return status;
}

/* 32 bytes for each record; `partition` NULL: source records, which have their own. */
static PyObject *leaves(PyObject *records, const uint32_t *partition)
{
    PyObject *rows = PySequence_Tuple(records), *made; /* a list could change meanwhile */
    if (rows == NULL)
        return NULL;
    Py_ssize_t count = PyTuple_GET_SIZE(rows);
    made = PyBytes_FromStringAndSize(NULL, count * LEAF);
    for (Py_ssize_t place = 0; made != NULL && place < count; place++) {
        PyObject *record = PyTuple_GET_ITEM(rows, place);
        unsigned char *leaf = (unsigned char *)PyBytes_AS_STRING(made) + place * LEAF;
        if ((partition == NULL ? source_leaf(record, leaf) : output_leaf(record, *partition, leaf)) < 0)
            Py_CLEAR(made);
    }
    Py_DECREF(rows);
    return made;
}

/* One SourceRecord of a fetched row. */
static PyObject *source_record_of(PyObject *topic, PyObject *partition, PyObject *row)
{
    PyObject *names[] = {name_offset, name_timestamp, name_key, name_value, name_headers};
    PyObject *record = source_record->tp_alloc(source_record, FIELDS), *field;
    if (record == NULL)
        return NULL;
    PyTuple_SET_ITEM(record, 0, Py_NewRef(topic));
    PyTuple_SET_ITEM(record, 1, Py_NewRef(partition));
    for (Py_ssize_t place = 2; place < FIELDS; place++) {
        if ((field = PyObject_GetAttr(row, names[place - 2])) == NULL) {
            Py_DECREF(record);
            return NULL;
        }
        PyTuple_SET_ITEM(record, place, field);
    }
    field = PySequence_Tuple(PyTuple_GET_ITEM(record, FIELDS - 1));
    if (field == NULL) {
        Py_DECREF(record);
        return NULL;
    }
    Py_DECREF(PyTuple_GET_ITEM(record, FIELDS - 1));
    PyTuple_SET_ITEM(record, FIELDS - 1, field);
    return record;
}

static PyObject *source_records(PyObject *module, PyObject *const *given, Py_ssize_t count)
{
    PyObject *rows, *row, *made;
    (void)module;
    if (count != 3) {
        PyErr_SetString(PyExc_TypeError, "source_records takes topic, partition and rows");
        return NULL;
    }
    if ((rows = PyObject_GetIter(given[2])) == NULL)
        return NULL;
    made = PyList_New(0);
    while (made != NULL && (row = PyIter_Next(rows)) != NULL) {
        PyObject *record = source_record_of(given[0], given[1], row);
        Py_DECREF(row);
        if (record == NULL || PyList_Append(made, record) < 0)
            Py_CLEAR(made);
        Py_XDECREF(record);
    }
    Py_DECREF(rows);
    if (PyErr_Occurred())
        Py_CLEAR(made);
    return made;
}

static PyObject *source_leaves(PyObject *module, PyObject *records)
{
    (void)module;
    return leaves(records, NULL);
}

static PyObject *output_leaves(PyObject *module, PyObject *const *given, Py_ssize_t count)
{
    uint32_t partition;
    (void)module;
    if (count != 2) {
        PyErr_SetString(PyExc_TypeError, "output_leaves takes records and a partition");
        return NULL;
    }
    return partition_of(given[1], &partition) < 0 ? NULL : leaves(given[0], &partition);
}

static int find_source_record(void)
{
    PyObject *records = PyImport_ImportModule("streams.codec.records"), *found;
    if (records == NULL)
        return -1;
    found = PyObject_GetAttrString(records, "SourceRecord");
    Py_DECREF(records);
    if (found == NULL)
        return -1;
    if (!PyType_Check(found) || !PyType_IsSubtype((PyTypeObject *)found, &PyTuple_Type)) {
        PyErr_SetString(PyExc_ImportError, "SourceRecord isn't a tuple");
        return -1;
    }
    source_record = (PyTypeObject *)found; /* for good */
    return 0;
}

/* The names of fields, made once: attributes are looked up by the very object. */
static int intern_names(void)
{
    return (name_topic = PyUnicode_InternFromString("topic")) != NULL &&
                   (name_offset = PyUnicode_InternFromString("offset")) != NULL &&
                   (name_timestamp = PyUnicode_InternFromString("timestamp")) != NULL &&
                   (name_key = PyUnicode_InternFromString("key")) != NULL &&
                   (name_value = PyUnicode_InternFromString("value")) != NULL &&
                   (name_headers = PyUnicode_InternFromString("headers")) != NULL
               ? 0
               : -1;
}

/* Loads the library first that the functions are then found in. */
static int find_sha256(void)
{
    static const char *const names[] = {"libcrypto.so.3", "libcrypto.so.1.1"};
    PyObject *hashlib = PyImport_ImportModule("_hashlib");
    if (hashlib == NULL)
        return -1;
    Py_DECREF(hashlib); /* sys.modules keeps it */
    for (size_t at = 0; at < sizeof names / sizeof *names; at++) {
        void *library = dlopen(names[at], RTLD_NOW | RTLD_NOLOAD);
        if (library == NULL)
            continue;
        *(void **)&sha256_init = dlsym(library, "SHA256_Init");
        *(void **)&sha256_update = dlsym(library, "SHA256_Update");
        *(void **)&sha256_final = dlsym(library, "SHA256_Final");
        if (sha256_init != NULL && sha256_update != NULL && sha256_final != NULL)
            return 0;
    }
    PyErr_SetString(PyExc_ImportError, "Python's own libcrypto isn't among the loaded libraries");
    return -1;
}

static PyMethodDef methods[] = {
    {"source_records", (PyCFunction)(void (*)(void))source_records, METH_FASTCALL, NULL},
    {"source_leaves", source_leaves, METH_O, NULL},
    {"output_leaves", (PyCFunction)(void (*)(void))output_leaves, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "bulk_native", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_bulk_native(void)
{
    if (find_sha256() < 0 || find_source_record() < 0 || intern_names() < 0)
        return NULL;
    return PyModule_Create(&definition);
}
