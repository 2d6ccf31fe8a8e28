using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>Keys as they are pressed on the terminal of standard input, without waiting for a line and without showing them.</summary>
/// <remarks>
/// Interrupts stay what they are. Source: termios(3); <c>struct termios</c> of asm-generic/termbits.h: four words of flags, an octet,
/// nineteen control characters.
/// </remarks>
public sealed unsafe class TerminalKeys : IDisposable
{
    private const int Descriptor = 0;
    private const nuint GetSettings = 0x5401; // TCGETS
    private const nuint SetSettings = 0x5402; // TCSETS
    private const int Size = 36;
    private const int LocalFlags = 12; // offset of c_lflag
    private const uint LinesAndEcho = 0x0002 | 0x0008; // ICANON, ECHO
    private const int Time = 17 + 5; // offset of c_cc[VTIME]
    private const int Least = 17 + 6; // offset of c_cc[VMIN]

    private readonly byte[] _before = new byte[Size];
    private readonly SafeFileHandle _input = new(Descriptor, ownsHandle: false);

    private TerminalKeys()
    {
    }

    /// <summary>Begins to take keys one by one; null if standard input is no terminal.</summary>
    public static TerminalKeys? Open()
    {
        var keys = new TerminalKeys();
        fixed (byte* settings = keys._before)
        {
            if (Libc.isatty(Descriptor) != 1 || Libc.ioctl(Descriptor, GetSettings, settings) != 0)
                return null;
        }

        byte[] changed = [.. keys._before];
        Span<byte> flags = changed.AsSpan(LocalFlags, 4);
        BinaryPrimitives.WriteUInt32LittleEndian(flags, BinaryPrimitives.ReadUInt32LittleEndian(flags) & ~LinesAndEcho);
        (changed[Time], changed[Least]) = (0, 0); // a read gives what there is
        return Set(changed) ? keys : null;
    }

    /// <summary>Takes the next key that was pressed; null if there is none.</summary>
    public char? Read()
    {
        Span<byte> octet = stackalloc byte[1];
        return Libc.read(_input, octet, 1) == 1 ? (char)octet[0] : null;
    }

    /// <summary>Gives the terminal its settings back.</summary>
    public void Dispose()
    {
        _ = Set(_before);
        _input.Dispose();
    }

    private static bool Set(byte[] settings)
    {
        fixed (byte* first = settings)
            return Libc.ioctl(Descriptor, SetSettings, first) == 0;
    }
}
