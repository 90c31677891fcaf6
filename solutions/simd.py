"""Shared by the fast solutions: settings of numba, features of this processor, vectors of numbers in LLVM.

numba vectorises a loop if it can prove that this is safe. If it does not, an intrinsic is written with these
functions: each takes a builder of llvmlite, appends instructions, and returns their value. A `pointer` refers
to contiguous numbers; an `index` counts numbers, not bytes.
"""

from llvmlite import binding, ir
from numba import config, types
from numba.core import cgutils
from numba.extending import intrinsic

CACHED = {"cache": True}
"""Settings of a kernel that is compiled once for each machine, when it is first called."""
NUMPY = {"cache": True, "error_model": "numpy"}
"""As CACHED; a division by zero returns infinity, as in numpy, without a test for it."""
NOGIL = {"cache": True, "nogil": True}
"""As CACHED; other threads run meanwhile."""

SUMS = {"reassoc", "contract", "nsz"}
"""For `fastmath`: sums may be reordered, and fused with products. NaN and infinity are respected."""
LOOSE = SUMS | {"arcp"}
"""As SUMS, and a division may become a product with the inverse; for numbers that need no last digit."""
FINITE = {"nnan", "nsz"}
"""For minima and maxima of numbers that are known to be finite: only these are vectorised."""

FEATURES = {} if config.CPU_NAME else binding.get_host_cpu_features()
"""The features of this processor by LLVM's names; empty if numba compiles for another processor."""
AVX512 = bool(FEATURES.get("avx512f"))
"""Whether there are 32 registers of 512 bits; otherwise kernels are written for 16 registers of 256 bits."""

DOUBLE, FLOAT = ir.DoubleType(), ir.FloatType()
INT64, INT32 = ir.IntType(64), ir.IntType(32)


def vector(lanes, kind=DOUBLE):
    """Return the type of `lanes` numbers side by side."""
    return ir.VectorType(kind, lanes)


def data_of(context, builder, signature, arguments, number):
    """Return a pointer to the numbers of an array, one of the arguments of an intrinsic."""
    return context.make_array(signature.args[number])(context, builder, arguments[number]).data


def length_of(context, builder, signature, arguments, number, axis):
    """Return the length of an array along an axis."""
    array = context.make_array(signature.args[number])(context, builder, arguments[number])
    return builder.extract_value(array.shape, axis)


def load(builder, pointer, index, lanes, kind=DOUBLE):
    """Return a vector of the numbers from pointer[index] on."""
    place = builder.gep(pointer, [index])
    value = builder.load(builder.bitcast(place, vector(lanes, kind).as_pointer()))
    value.align = _bytes(kind)
    return value


def load_some(builder, pointer, index, end):
    """Return a vector of 8 numbers from pointer[index] on; 0 from pointer[end] on, which is not read."""
    kind, flags, whole = vector(8), vector(8, ir.IntType(1)), vector(8, INT64)
    place = builder.bitcast(builder.gep(pointer, [index]), kind.as_pointer())
    limit = spread(builder, builder.sub(end, index), 8)
    wanted = builder.icmp_signed("<", ir.Constant(whole, list(range(8))), limit)
    signature = ir.FunctionType(kind, [kind.as_pointer(), INT32, flags, kind])
    function = cgutils.get_or_insert_function(builder.module, signature, "llvm.masked.load.v8f64.p0")
    return builder.call(function, [place, INT32(8), wanted, filled(0.0, 8)])


def store(builder, value, pointer, index=None):
    """Write a vector to pointer[index] and what follows."""
    place = pointer if index is None else builder.gep(pointer, [index])
    where = builder.bitcast(place, value.type.as_pointer())
    builder.store(value, where).align = _bytes(value.type.element)


def filled(number, lanes, kind=DOUBLE):
    """Return a vector with a constant in each lane."""
    return ir.Constant(vector(lanes, kind), [number] * lanes)


def spread(builder, number, lanes):
    """Return a vector with a number in each lane."""
    empty = ir.Constant(vector(lanes, number.type), ir.Undefined)
    first = builder.insert_element(empty, number, INT32(0))
    return shuffle(builder, first, first, [0] * lanes)


def load_spread(builder, pointer, index, lanes):
    """Return a vector with the number at pointer[index] in each lane."""
    return spread(builder, builder.load(builder.gep(pointer, [index])), lanes)


def shuffle(builder, left, right, which):
    """Return a vector of these lanes of two vectors; the second's lanes are numbered after the first's."""
    return builder.shuffle_vector(left, right, ir.Constant(vector(len(which), INT32), which))


def choose(builder, comparison, left, right):
    """Return, in each lane, the left number if it compares so with the right one, else the right one."""
    return builder.select(builder.fcmp_ordered(comparison, left, right), left, right)


def multiply_add(builder, left, right, total):
    """Return left * right + total, rounded once."""
    kind = total.type
    function = _declared(builder, f"llvm.fma.{_suffix(kind)}", kind, [kind] * 3)
    return builder.call(function, [left, right, total])


def call(builder, name, value, result=None, fastmath=()):
    """Call a function of LLVM on a number or vector; `result` is the type of the result if it differs."""
    function = _declared(builder, f"{name}.{_suffix(value.type)}", result or value.type, [value.type])
    return builder.call(function, [value], fastmath=fastmath)


def add_total(builder, value, pointer, index):
    """Add the sum of a vector's lanes to pointer[index]."""
    name = f"llvm.vector.reduce.fadd.{_suffix(value.type)}"
    function = _declared(builder, name, DOUBLE, [DOUBLE, value.type])
    total = builder.call(function, [DOUBLE(0.0), value], fastmath=("reassoc",))
    place = builder.gep(pointer, [index])
    builder.store(builder.fadd(builder.load(place), total), place)


def mask(builder, flags):
    """Return a number with a bit for each lane of a comparison."""
    return builder.bitcast(flags, ir.IntType(flags.type.count))


def any_lane(builder, flags):
    """Return whether a comparison is true in any lane."""
    return builder.icmp_unsigned("!=", mask(builder, flags), ir.IntType(flags.type.count)(0))


@intrinsic
def lowest_bit(typing_context, number):  # noqa: ARG001 - numba wants all arguments
    """Return the number of zeros below the lowest bit that is set."""
    del typing_context

    def generate(context, builder, signature, arguments):
        del context, signature
        return builder.cttz(arguments[0], ir.IntType(1)(1))

    return types.int64(types.int64), generate


def _bytes(kind):
    return 8 if kind in (DOUBLE, INT64) else 4


def _suffix(kind):
    lanes = f"v{kind.count}" if isinstance(kind, ir.VectorType) else ""
    element = kind.element if lanes else kind
    return lanes + ("f32" if element == FLOAT else "f64")


def _declared(builder, name, result, arguments):
    return cgutils.get_or_insert_function(builder.module, ir.FunctionType(result, arguments), name)
