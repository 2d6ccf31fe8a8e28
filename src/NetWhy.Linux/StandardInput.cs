using System.Runtime.InteropServices;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>Standard input of this process, octet for octet and without the ceremony of <see cref="Console"/>.</summary>
public static unsafe class StandardInput
{
    /// <summary>Number of the descriptor, to wait for.</summary>
    public const int Descriptor = 0;

    /// <summary>Takes what is there, and waits if nothing is.</summary>
    /// <param name="buffer">Where to put it.</param>
    /// <param name="count">Octets read; 0 with <see cref="Errno.OK"/> at the end.</param>
    /// <returns>Why nothing was read, such as EAGAIN where somebody made it non-blocking.</returns>
    /// <remarks>Source: read(2).</remarks>
    public static Errno Read(Span<byte> buffer, out int count) => Read(Descriptor, buffer, out count);

    /// <summary>Goes back to its beginning.</summary>
    /// <returns>Whether it can: a file does, a pipe or a terminal does not. Source: lseek(2).</returns>
    public static bool Rewind() => Libc.lseek(Descriptor, 0, Libc.SEEK_SET) == 0;

    /// <summary>Takes what is there of what stands in for standard input, and waits if nothing is.</summary>
    /// <param name="descriptor">Its descriptor.</param>
    /// <param name="buffer">Where to put it.</param>
    /// <param name="count">Octets read; 0 with <see cref="Errno.OK"/> at the end.</param>
    /// <returns>Why nothing was read.</returns>
    public static Errno Read(int descriptor, Span<byte> buffer, out int count)
    {
        fixed (byte* first = buffer)
        {
            nint read = Libc.read(descriptor, first, (nuint)buffer.Length);
            count = (int)Math.Max(0, read);
            return read >= 0 ? Errno.OK : (Errno)Marshal.GetLastPInvokeError();
        }
    }
}
