using System.Buffers.Binary;
using System.IO.Compression;
using NetWhy.Linux;

namespace NetWhy.Capture.Files;

/// <summary>Reads captures: pcap and pcapng, plain or compressed with gzip or zstd, from files and from pipes.</summary>
/// <remarks>Sources: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.</remarks>
public abstract class CaptureReader : IDisposable
{
    /// <summary>Octets of a packet that a capture may hold at most. Source: libpcap's MAXIMUM_SNAPLEN.</summary>
    public const int LongestPacket = 262_144;

    private const uint GzipMagic = 0x1f8b;
    private const uint ZstandardMagic = 0x28b52ffd;

    /// <summary>The interfaces that it told of so far.</summary>
    public abstract IReadOnlyList<CaptureInterface> Interfaces { get; }

    /// <summary>Octets read so far, after decompression.</summary>
    public abstract long Position { get; }

    /// <summary>Opens a capture.</summary>
    /// <param name="stream">Its octets; the reader closes it.</param>
    /// <exception cref="CaptureFormatException">It is none.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static CaptureReader Open(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var octets = new OctetReader(stream);
        try
        {
            ReadOnlySpan<byte> magic = octets.Peek(4);
            if (magic.Length >= 2 && BinaryPrimitives.ReadUInt16BigEndian(magic) == GzipMagic)
                octets = new OctetReader(new GZipStream(new PeekedStream(octets), CompressionMode.Decompress));
            else if (magic.Length == 4 && BinaryPrimitives.ReadUInt32BigEndian(magic) == ZstandardMagic)
                octets = new OctetReader(new ZstandardStream(new PeekedStream(octets)));
            magic = octets.Peek(4);
            if (magic.Length < 4)
                throw new CaptureFormatException(magic.Length == 0 ? "the file is empty" : $"it ends after {magic.Length} octets, in the middle of its header");
            return PcapngReader.IsSectionHeader(magic) ? new PcapngReader(octets) : PcapReader.Open(octets);
        }
        catch
        {
            octets.Dispose();
            throw;
        }
    }

    /// <summary>Reads the next packet.</summary>
    /// <param name="packet">The packet.</param>
    /// <returns>Whether there was one; false at the end.</returns>
    /// <exception cref="CaptureFormatException">What follows is broken or cut short; packets before it were good.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public abstract bool Read(out PacketRecord packet);

    /// <summary>The packet that was read last, once more.</summary>
    public abstract PacketRecord Current { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(isDisposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the stream.</summary>
    /// <param name="isDisposing">Always true.</param>
    protected abstract void Dispose(bool isDisposing);

    private sealed class PeekedStream(OctetReader octets) : ReadOnlyStream
    {
        public override long Position
        {
            get => octets.Position;
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer)
        {
            ReadOnlySpan<byte> next = octets.Peek(1).IsEmpty ? [] : octets.Peek(Math.Min(buffer.Length, 1 << 16));
            next.CopyTo(buffer);
            octets.Take(next.Length);
            return next.Length;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                octets.Dispose();
            base.Dispose(disposing);
        }
    }
}
