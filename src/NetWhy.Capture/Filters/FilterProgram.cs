using System.Buffers.Binary;
using NetWhy.Linux;

namespace NetWhy.Capture.Filters;

/// <summary>Runs a program of the BSD packet filter machine over packets.</summary>
/// <remarks>
/// A program is checked once, as the kernel checks it; running it then cannot fail, read outside the packet, or run on: only
/// jumps may go back, as libpcap's do that walk a chain of headers, and not for ever.
/// Source: S. McCanne, V. Jacobson, "The BSD Packet Filter" (1993); linux/filter.h.
/// </remarks>
public sealed class FilterProgram
{
    private const int MostInstructions = 65_536;
    private const int Registers = 16;
    private const int MostJumpsBack = 4096; // a packet has fewer headers

    private readonly FilterInstruction[] _program;

    private FilterProgram(FilterInstruction[] program) => _program = program;

    /// <summary>The program.</summary>
    public ReadOnlySpan<FilterInstruction> Instructions => _program;

    /// <summary>Whether it jumps back, which the kernel refuses.</summary>
    public bool JumpsBack => Array.Exists(_program, one => one.Code == 0x05 && (int)one.Value < 0);

    /// <summary>Checks a program.</summary>
    /// <param name="program">The program.</param>
    /// <returns>It, ready to run; null if it could run astray.</returns>
    public static FilterProgram? Check(FilterInstruction[] program)
    {
        ArgumentNullException.ThrowIfNull(program);
        if (program.Length is 0 or > MostInstructions || (program[^1].Code & 0x07) != 0x06)
            return null;
        for (int i = 0; i < program.Length; i++)
        {
            FilterInstruction one = program[i];
            bool isValid = (one.Code & 0x07) switch
            {
                0x00 or 0x01 => IsLoad(one),
                0x02 or 0x03 => one.Value < Registers,
                0x04 => IsArithmetic(one),
                0x05 when (one.Code & 0xf0) == 0 => i + 1L + (int)one.Value is >= 0 and var target && target < program.Length,
                0x05 => (one.Code & 0xf0) is 0x10 or 0x20 or 0x30 or 0x40 && i + 1 + Math.Max(one.IfTrue, one.IfFalse) < program.Length,
                0x06 => (one.Code & 0x18) is 0x00 or 0x10,
                _ => (one.Code & 0xf8) is 0x00 or 0x80,
            };
            if (!isValid)
                return null;
        }

        return new FilterProgram(program);
    }

    /// <summary>Runs it.</summary>
    /// <param name="octets">The packet, or what was captured of it.</param>
    /// <param name="length">What the packet was long.</param>
    /// <returns>How much of the packet is wanted, in octets; 0: it is not.</returns>
    public uint Run(ReadOnlySpan<byte> octets, uint length)
    {
        uint a = 0, x = 0;
        int jumpsBack = 0;
        Span<uint> memory = stackalloc uint[Registers];
        memory.Clear();
        FilterInstruction[] program = _program;
        for (int i = 0; (uint)i < (uint)program.Length; i++)
        {
            ref readonly FilterInstruction one = ref program[i];
            uint k = one.Value;
            switch (one.Code)
            {
                case 0x20: // ld [k]
                    if (!Word(octets, k, out a))
                        return 0;
                    break;
                case 0x28: // ldh [k]
                    if (!Half(octets, k, out a))
                        return 0;
                    break;
                case 0x30: // ldb [k]
                    if (k >= (uint)octets.Length)
                        return 0;
                    a = octets[(int)k];
                    break;
                case 0x40: // ld [x + k]
                    if (!Word(octets, (ulong)x + k, out a))
                        return 0;
                    break;
                case 0x48: // ldh [x + k]
                    if (!Half(octets, (ulong)x + k, out a))
                        return 0;
                    break;
                case 0x50: // ldb [x + k]
                    if ((ulong)x + k >= (uint)octets.Length)
                        return 0;
                    a = octets[(int)(x + k)];
                    break;
                case 0x80: // ld #len
                    a = length;
                    break;
                case 0x81: // ldx #len
                    x = length;
                    break;
                case 0x00: // ld #k
                    a = k;
                    break;
                case 0x01: // ldx #k
                    x = k;
                    break;
                case 0x60: // ld M[k]
                    a = memory[(int)k];
                    break;
                case 0x61: // ldx M[k]
                    x = memory[(int)k];
                    break;
                case 0xb1: // ldxb 4*([k]&0xf)
                    if (k >= (uint)octets.Length)
                        return 0;
                    x = (octets[(int)k] & 0xfu) << 2;
                    break;
                case 0x02: // st M[k]
                    memory[(int)k] = a;
                    break;
                case 0x03: // stx M[k]
                    memory[(int)k] = x;
                    break;
                case 0x05: // ja
                    if ((int)k < 0 && ++jumpsBack > MostJumpsBack)
                        return 0;
                    i += (int)k;
                    break;
                case 0x15:
                    i += a == k ? one.IfTrue : one.IfFalse;
                    break;
                case 0x25:
                    i += a > k ? one.IfTrue : one.IfFalse;
                    break;
                case 0x35:
                    i += a >= k ? one.IfTrue : one.IfFalse;
                    break;
                case 0x45:
                    i += (a & k) != 0 ? one.IfTrue : one.IfFalse;
                    break;
                case 0x1d:
                    i += a == x ? one.IfTrue : one.IfFalse;
                    break;
                case 0x2d:
                    i += a > x ? one.IfTrue : one.IfFalse;
                    break;
                case 0x3d:
                    i += a >= x ? one.IfTrue : one.IfFalse;
                    break;
                case 0x4d:
                    i += (a & x) != 0 ? one.IfTrue : one.IfFalse;
                    break;
                case 0x06: // ret #k
                case 0x0e: // ret x is not made by any compiler; the kernel reads it as ret #k
                    return k;
                case 0x16: // ret a
                    return a;
                case 0x07: // tax
                    x = a;
                    break;
                case 0x87: // txa
                    a = x;
                    break;
                default:
                    if (!Compute(one.Code, ref a, (one.Code & 0x08) != 0 ? x : k))
                        return 0;
                    break;
            }
        }

        return 0;
    }

    private static bool Compute(int code, ref uint a, uint operand)
    {
        switch (code & 0xf0)
        {
            case 0x00:
                a += operand;
                return true;
            case 0x10:
                a -= operand;
                return true;
            case 0x20:
                a *= operand;
                return true;
            case 0x30:
                if (operand == 0)
                    return false;
                a /= operand;
                return true;
            case 0x40:
                a |= operand;
                return true;
            case 0x50:
                a &= operand;
                return true;
            case 0x60:
                a = operand < 32 ? a << (int)operand : 0;
                return true;
            case 0x70:
                a = operand < 32 ? a >> (int)operand : 0;
                return true;
            case 0x80:
                a = 0 - a;
                return true;
            case 0x90:
                if (operand == 0)
                    return false;
                a %= operand;
                return true;
            default:
                a ^= operand;
                return true;
        }
    }

    private static bool Word(ReadOnlySpan<byte> octets, ulong at, out uint value) =>
        at <= (uint)octets.Length ? BinaryPrimitives.TryReadUInt32BigEndian(octets[(int)at..], out value) : Nothing(out value);

    private static bool Half(ReadOnlySpan<byte> octets, ulong at, out uint value)
    {
        value = 0;
        if (at > (uint)octets.Length || !BinaryPrimitives.TryReadUInt16BigEndian(octets[(int)at..], out ushort half))
            return false;
        value = half;
        return true;
    }

    private static bool Nothing(out uint value)
    {
        value = 0;
        return false;
    }

    private static bool IsLoad(FilterInstruction one) => one.Code switch
    {
        0x20 or 0x28 or 0x30 or 0x40 or 0x48 or 0x50 or 0x80 or 0x81 or 0x00 or 0x01 or 0xb1 => true,
        0x60 or 0x61 => one.Value < Registers,
        _ => false,
    };

    private static bool IsArithmetic(FilterInstruction one) => (one.Code & 0xf0) switch
    {
        0x00 or 0x10 or 0x20 or 0x40 or 0x50 or 0x60 or 0x70 or 0xa0 => true,
        0x30 or 0x90 => (one.Code & 0x08) != 0 || one.Value != 0,
        0x80 => (one.Code & 0x08) == 0,
        _ => false,
    };
}
