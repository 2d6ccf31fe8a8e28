using System.Runtime.InteropServices;

namespace NetWhy.Capture.Files;

/// <summary>Writes pcap, in this machine's order of octets.</summary>
/// <remarks>Source: draft-ietf-opsawg-pcap.</remarks>
/// <param name="stream">Where it goes; closed with the writer.</param>
/// <param name="linkType">What packets begin with.</param>
/// <param name="snapLength">Octets captured of each packet at most.</param>
/// <param name="isNanosecond">Whether times have nanoseconds.</param>
public sealed class PcapWriter(Stream stream, int linkType, int snapLength, bool isNanosecond)
    : CaptureWriter(stream, MemoryMarshal.AsBytes<uint>([isNanosecond ? Nanoseconds : Microseconds, 2 | (4 << 16), 0, 0, (uint)snapLength, (uint)linkType]))
{
    /// <summary>Octets of the header of a file.</summary>
    public const int FileHeaderSize = 24;

    private const int RecordHeaderSize = 16;
    private const uint Microseconds = 0xa1b2c3d4;
    private const uint Nanoseconds = 0xa1b23c4d;

    /// <inheritdoc/>
    public override void Add(in PacketRecord packet) => Add(packet.Nanoseconds, packet.Octets, packet.OriginalLength);

    /// <summary>Adds a packet.</summary>
    /// <param name="nanoseconds">When it passed, in nanoseconds since 1970, UTC.</param>
    /// <param name="octets">What was captured of it.</param>
    /// <param name="originalLength">What it was long.</param>
    /// <exception cref="IOException">It cannot be written, such as on a full disk.</exception>
    public void Add(long nanoseconds, ReadOnlySpan<byte> octets, uint originalLength)
    {
        long seconds = Math.DivRem(nanoseconds, 1_000_000_000, out long rest);
        Span<uint> header = [(uint)seconds, (uint)(isNanosecond ? rest : rest / 1000), (uint)octets.Length, originalLength];
        AddPacket(MemoryMarshal.AsBytes(header), octets, []);
    }

    private protected override bool Measure(ReadOnlySpan<byte> buffered, out int inBuffer, out long length)
    {
        int captured = (int)MemoryMarshal.Read<uint>(buffered[8..]);
        inBuffer = RecordHeaderSize + (IsDirect(captured, tail: 0) ? 0 : captured);
        length = RecordHeaderSize + captured;
        return true;
    }
}
