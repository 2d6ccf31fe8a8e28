using System.Buffers.Binary;
using NetWhy.Wire;

namespace NetWhy.Paths;

/// <summary>What probes of TCP look like: their flags, and the options behind their header.</summary>
public sealed record TcpProbe
{
    /// <summary>Maximum segment size of a SYN if none is wanted: what goes into packets of 1500 octets.</summary>
    public const int UsualMss = 1460;

    /// <summary>A SYN with the options that systems send.</summary>
    public static TcpProbe Usual { get; } = new() { HasSack = true, HasTimestamps = true, HasWindowScale = true };

    /// <summary>The flags.</summary>
    public TcpFlags Flags { get; init; } = TcpFlags.Syn;

    /// <summary>Maximum segment size that a SYN names, in octets.</summary>
    public int Mss { get; init; } = UsualMss;

    /// <summary>Whether it offers selective acknowledgments. Source: RFC 2018.</summary>
    public bool HasSack { get; init; }

    /// <summary>Whether it has timestamps. Source: RFC 7323.</summary>
    public bool HasTimestamps { get; init; }

    /// <summary>Whether it scales the window. Source: RFC 7323.</summary>
    public bool HasWindowScale { get; init; }

    /// <summary>Length of header and options, in octets.</summary>
    internal int Size => TcpHeader.Size + (IsSyn ? 4 : 0) + (HasTimestamps ? 12 : HasSack ? 4 : 0) + (HasWindowScale ? 4 : 0);

    /// <summary>Whether it asks for a connection, so that only a SYN-ACK or a reset answers it.</summary>
    internal bool IsRequest => IsSyn && !Flags.HasFlag(TcpFlags.Ack);

    private bool IsSyn => Flags.HasFlag(TcpFlags.Syn);

    /// <summary>Writes a segment.</summary>
    /// <param name="segment">Where to; <see cref="Size"/> octets.</param>
    /// <param name="source">Source port.</param>
    /// <param name="port">Destination port.</param>
    /// <param name="number">Its sequence number, and the one that it acknowledges if it does.</param>
    /// <param name="pseudo">Sum of the pseudo-header.</param>
    internal void Write(Span<byte> segment, ushort source, ushort port, uint number, uint pseudo)
    {
        segment.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(segment, source);
        BinaryPrimitives.WriteUInt16BigEndian(segment[2..], port);
        BinaryPrimitives.WriteUInt32BigEndian(segment[4..], number);
        if (Flags.HasFlag(TcpFlags.Ack))
            BinaryPrimitives.WriteUInt32BigEndian(segment[8..], number);
        (segment[12], segment[13]) = ((byte)(Size / 4 << 4), (byte)Flags);
        BinaryPrimitives.WriteUInt16BigEndian(segment[14..], 64_240); // window
        WriteOptions(segment[TcpHeader.Size..]);
        BinaryPrimitives.WriteUInt16BigEndian(segment[16..], InternetChecksum.Of(segment, pseudo));
    }

    /// <summary>The number of a probe that a segment answers; null if it answers none.</summary>
    /// <param name="answer">The segment.</param>
    /// <remarks>A RST without acknowledgment has the number that the probe acknowledged. Source: RFC 9293, section 3.10.7.1.</remarks>
    internal uint? NumberOf(in TcpSegment answer) =>
        IsRequest && (answer.Flags & (TcpFlags.Syn | TcpFlags.Rst)) == 0 ? null
        : answer.Flags.HasFlag(TcpFlags.Ack)
            ? answer.AcknowledgmentNumber - (uint)((IsSyn ? 1 : 0) + (Flags.HasFlag(TcpFlags.Fin) ? 1 : 0))
            : answer.Flags.HasFlag(TcpFlags.Rst) && Flags.HasFlag(TcpFlags.Ack) ? answer.SequenceNumber : null;

    private void WriteOptions(Span<byte> options)
    {
        if (IsSyn)
        {
            (options[0], options[1]) = (2, 4);
            BinaryPrimitives.WriteUInt16BigEndian(options[2..], (ushort)Mss);
            options = options[4..];
        }

        if (HasSack || HasTimestamps)
        {
            ReadOnlySpan<byte> first = HasSack ? [4, 2] : [1, 1];
            ReadOnlySpan<byte> second = HasTimestamps ? [8, 10, 0, 0, 0, 1, 0, 0, 0, 0] : [1, 1];
            first.CopyTo(options);
            second.CopyTo(options[2..]);
            options = options[(2 + second.Length)..];
        }

        if (HasWindowScale)
            ((ReadOnlySpan<byte>)[1, 3, 3, 7]).CopyTo(options);
    }
}
