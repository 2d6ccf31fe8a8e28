using System.Buffers.Binary;
using NetWhy.Linux;

namespace NetWhy.Paths.Transfer;

/// <summary>What a connection between two netwhy is for.</summary>
public enum TransferKind : byte
{
    /// <summary>The client sends; the server counts, and says how much came.</summary>
    Upload = 1,

    /// <summary>The server sends, and at the end what its TCP knows.</summary>
    Download = 2,

    /// <summary>The server returns what the client sends, 16 octets each time.</summary>
    Echo = 3,
}

/// <summary>How a server answers.</summary>
public enum TransferStatus : byte
{
    /// <summary>It agrees.</summary>
    Agreed = 0,

    /// <summary>It serves as many clients as it may.</summary>
    Busy = 1,

    /// <summary>It does not know what is asked, or that version.</summary>
    Unknown = 2,
}

/// <summary>The first octets of a client.</summary>
/// <param name="Kind">What for.</param>
/// <param name="Time">How long at most.</param>
/// <param name="Octets">How much at most.</param>
/// <param name="Rate">Octets a second at most; 0 for as fast as TCP allows.</param>
public readonly record struct TransferHello(TransferKind Kind, TimeSpan Time, long Octets, long Rate)
{
    /// <summary>Octets of it on the wire.</summary>
    public const int Size = 32;

    /// <summary>Octets of the answer on the wire.</summary>
    public const int AnswerSize = 8;

    private const byte Version = 1;

    private static ReadOnlySpan<byte> Magic => "NWBW"u8;

    /// <summary>Writes it.</summary>
    /// <param name="octets">As many as <see cref="Size"/>.</param>
    public void Write(Span<byte> octets)
    {
        octets[..Size].Clear();
        Magic.CopyTo(octets);
        octets[4] = Version;
        octets[5] = (byte)Kind;
        BinaryPrimitives.WriteUInt32BigEndian(octets[8..], (uint)Math.Clamp(Time.TotalMilliseconds, 0, uint.MaxValue));
        BinaryPrimitives.WriteInt64BigEndian(octets[12..], Octets);
        BinaryPrimitives.WriteInt64BigEndian(octets[20..], Rate);
    }

    /// <summary>Reads it.</summary>
    /// <param name="octets">What came.</param>
    /// <returns>Null for what is none, or is of another version.</returns>
    public static TransferHello? Read(ReadOnlySpan<byte> octets)
    {
        if (octets.Length < Size || !octets.StartsWith(Magic) || octets[4] != Version || octets[5] is < 1 or > 3)
            return null;
        return new TransferHello(
            (TransferKind)octets[5],
            TimeSpan.FromMilliseconds(BinaryPrimitives.ReadUInt32BigEndian(octets[8..])),
            Math.Max(0, BinaryPrimitives.ReadInt64BigEndian(octets[12..])),
            Math.Max(0, BinaryPrimitives.ReadInt64BigEndian(octets[20..])));
    }

    /// <summary>Writes the answer of a server.</summary>
    /// <param name="octets">As many as <see cref="AnswerSize"/>.</param>
    /// <param name="status">The answer.</param>
    public static void WriteAnswer(Span<byte> octets, TransferStatus status)
    {
        octets[..AnswerSize].Clear();
        Magic.CopyTo(octets);
        octets[4] = Version;
        octets[5] = (byte)status;
    }

    /// <summary>Reads the answer of a server.</summary>
    /// <param name="octets">What came.</param>
    /// <returns>Null for what is none.</returns>
    public static TransferStatus? ReadAnswer(ReadOnlySpan<byte> octets) =>
        octets.Length >= AnswerSize && octets.StartsWith(Magic) ? (TransferStatus)octets[5] : null;
}

/// <summary>What one side knows at the end of a transfer.</summary>
/// <param name="Octets">What came, or what was acknowledged.</param>
/// <param name="Elapsed">In what time.</param>
public readonly record struct TransferAccount(long Octets, TimeSpan Elapsed)
{
    /// <summary>Octets of it on the wire.</summary>
    public const int Size = Fields * sizeof(long);

    private const int Fields = 13;

    /// <summary>Time with data to send.</summary>
    public TimeSpan Busy { get; init; }

    /// <summary>Time in which the peer's window was full.</summary>
    public TimeSpan ReceiveWindowLimited { get; init; }

    /// <summary>Time in which the own send buffer was full.</summary>
    public TimeSpan SendBufferLimited { get; init; }

    /// <summary>Segments sent again.</summary>
    public long Retransmits { get; init; }

    /// <summary>Segments sent with data.</summary>
    public long Segments { get; init; }

    /// <summary>Segment size, in octets.</summary>
    public long SendMss { get; init; }

    /// <summary>Smoothed round trip at the end.</summary>
    public TimeSpan RoundTrip { get; init; }

    /// <summary>Smallest round trip.</summary>
    public TimeSpan MinRoundTrip { get; init; }

    /// <summary>The peer's window at the end, in octets.</summary>
    public long SendWindow { get; init; }

    /// <summary>Congestion window at the end, in segments.</summary>
    public long CongestionWindow { get; init; }

    /// <summary>Delivery rate that TCP measured last, in octets a second.</summary>
    public long DeliveryRate { get; init; }

    /// <summary>The account of a sender.</summary>
    /// <param name="socket">Its connection.</param>
    /// <param name="elapsed">Time since it began to send.</param>
    public static TransferAccount Of(LinuxSocket socket, TimeSpan elapsed) => socket.GetTcpInfo() is not { } info
        ? new TransferAccount(0, elapsed)
        : new TransferAccount((long)Math.Min(info.OctetsAcknowledged, long.MaxValue), elapsed)
        {
            Busy = info.Busy,
            ReceiveWindowLimited = info.ReceiveWindowLimited,
            SendBufferLimited = info.SendBufferLimited,
            Retransmits = info.TotalRetransmits,
            Segments = info.DataSegmentsOut,
            SendMss = info.SendMss,
            RoundTrip = info.RoundTrip,
            MinRoundTrip = info.MinRoundTrip,
            SendWindow = info.SendWindow,
            CongestionWindow = info.CongestionWindow,
            DeliveryRate = (long)Math.Min(info.DeliveryRate, long.MaxValue),
        };

    /// <summary>Writes it.</summary>
    /// <param name="octets">As many as <see cref="Size"/>.</param>
    public void Write(Span<byte> octets)
    {
        ReadOnlySpan<long> fields =
        [
            Octets, Microseconds(Elapsed), Microseconds(Busy), Microseconds(ReceiveWindowLimited), Microseconds(SendBufferLimited), Retransmits,
            Segments, SendMss, Microseconds(RoundTrip), Microseconds(MinRoundTrip), SendWindow, CongestionWindow, DeliveryRate,
        ];
        for (int i = 0; i < Fields; i++)
            BinaryPrimitives.WriteInt64BigEndian(octets[(i * sizeof(long))..], fields[i]);
    }

    /// <summary>Reads it; numbers that cannot be are bounded.</summary>
    /// <param name="octets">As many as <see cref="Size"/>.</param>
    public static TransferAccount Read(ReadOnlySpan<byte> octets)
    {
        Span<long> fields = stackalloc long[Fields];
        for (int i = 0; i < Fields; i++)
            fields[i] = Math.Clamp(BinaryPrimitives.ReadInt64BigEndian(octets[(i * sizeof(long))..]), 0, long.MaxValue / 100);
        return new TransferAccount(fields[0], Time(fields[1]))
        {
            Busy = Time(fields[2]),
            ReceiveWindowLimited = Time(fields[3]),
            SendBufferLimited = Time(fields[4]),
            Retransmits = fields[5],
            Segments = fields[6],
            SendMss = fields[7],
            RoundTrip = Time(fields[8]),
            MinRoundTrip = Time(fields[9]),
            SendWindow = fields[10],
            CongestionWindow = fields[11],
            DeliveryRate = fields[12],
        };
    }

    private static long Microseconds(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;

    private static TimeSpan Time(long microseconds) => TimeSpan.FromTicks(Math.Min(microseconds, long.MaxValue / 100) * TimeSpan.TicksPerMicrosecond);
}
