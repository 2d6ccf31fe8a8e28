using System.Buffers.Binary;
using System.Text;

namespace NetWhy.Paths.Transfer;

/// <summary>What the receiver of one connection knows at the end.</summary>
/// <param name="Octets">What came in the measured interval.</param>
/// <param name="Elapsed">Length of that interval.</param>
/// <param name="Waiting">How long of it the receiver waited for octets.</param>
/// <param name="OmittedOctets">What came before it.</param>
public readonly record struct ReceiverAccount(long Octets, TimeSpan Elapsed, TimeSpan Waiting, long OmittedOctets)
{
    /// <summary>Octets of it on the wire.</summary>
    public const int Size = 4 * sizeof(long);

    /// <summary>Writes it.</summary>
    /// <param name="octets">As many as <see cref="Size"/>.</param>
    public void Write(Span<byte> octets) =>
        AccountFields.Write(octets, [Octets, AccountFields.Of(Elapsed), AccountFields.Of(Waiting), OmittedOctets]);

    /// <summary>Reads it; numbers that cannot be are bounded.</summary>
    /// <param name="octets">As many as <see cref="Size"/>.</param>
    public static ReceiverAccount Read(ReadOnlySpan<byte> octets)
    {
        Span<long> fields = stackalloc long[Size / sizeof(long)];
        AccountFields.Read(octets, fields);
        return new ReceiverAccount(fields[0], AccountFields.Time(fields[1]), AccountFields.Time(fields[2]), fields[3]);
    }
}

/// <summary>What the sender of one connection knows at the end, of the measured interval.</summary>
/// <remarks>Source: struct tcp_info in linux/tcp.h, sampled while it sent.</remarks>
public readonly record struct SenderAccount
{
    /// <summary>Octets of it on the wire.</summary>
    public const int Size = Fields * sizeof(long) + NameSize;

    private const int Fields = 14;
    private const int NameSize = 16; // TCP_CA_NAME_MAX

    /// <summary>Length of the interval.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>How long of it the sender waited until TCP took more.</summary>
    public TimeSpan Waiting { get; init; }

    /// <summary>Time with data to send.</summary>
    public TimeSpan Busy { get; init; }

    /// <summary>Time in which the peer's window was full.</summary>
    public TimeSpan ReceiveWindowLimited { get; init; }

    /// <summary>Time in which the own send buffer was too small.</summary>
    public TimeSpan SendBufferLimited { get; init; }

    /// <summary>Segments sent again, without those that turned out to have arrived (DSACK).</summary>
    public long Retransmits { get; init; }

    /// <summary>Segments sent with data.</summary>
    public long Segments { get; init; }

    /// <summary>Segment size, in octets.</summary>
    public long SendMss { get; init; }

    /// <summary>Median of the smoothed round trip.</summary>
    public TimeSpan RoundTrip { get; init; }

    /// <summary>Median of the smoothed round trip when segments were lost; zero if none were.</summary>
    public TimeSpan RoundTripAtLoss { get; init; }

    /// <summary>Smallest round trip of the connection.</summary>
    public TimeSpan MinRoundTrip { get; init; }

    /// <summary>Median of the peer's window, in octets.</summary>
    public long SendWindow { get; init; }

    /// <summary>Samples taken when the buffer had just been filled.</summary>
    public long FullSamples { get; init; }

    /// <summary>Those of them in which TCP had sent all it had: the buffer was too small for the path.</summary>
    public long DrainedSamples { get; init; }

    /// <summary>The congestion control, as <c>cubic</c>; empty if unknown.</summary>
    public string CongestionControl { get; init; }

    /// <summary>Writes it.</summary>
    /// <param name="octets">As many as <see cref="Size"/>.</param>
    public void Write(Span<byte> octets)
    {
        octets[..Size].Clear();
        AccountFields.Write(octets,
        [
            AccountFields.Of(Elapsed), AccountFields.Of(Waiting), AccountFields.Of(Busy), AccountFields.Of(ReceiveWindowLimited),
            AccountFields.Of(SendBufferLimited), Retransmits, Segments, SendMss, AccountFields.Of(RoundTrip),
            AccountFields.Of(RoundTripAtLoss), AccountFields.Of(MinRoundTrip), SendWindow, FullSamples, DrainedSamples,
        ]);
        _ = Encoding.ASCII.TryGetBytes(CongestionControl ?? "", octets[(Fields * sizeof(long))..], out _);
    }

    /// <summary>Reads it; numbers that cannot be are bounded, and a name that cannot be is none.</summary>
    /// <param name="octets">As many as <see cref="Size"/>.</param>
    public static SenderAccount Read(ReadOnlySpan<byte> octets)
    {
        Span<long> fields = stackalloc long[Fields];
        AccountFields.Read(octets, fields);
        ReadOnlySpan<byte> name = octets.Slice(Fields * sizeof(long), NameSize);
        name = name[..(name.IndexOf((byte)0) is >= 0 and var end ? end : NameSize)];
        return new SenderAccount
        {
            Elapsed = AccountFields.Time(fields[0]),
            Waiting = AccountFields.Time(fields[1]),
            Busy = AccountFields.Time(fields[2]),
            ReceiveWindowLimited = AccountFields.Time(fields[3]),
            SendBufferLimited = AccountFields.Time(fields[4]),
            Retransmits = fields[5],
            Segments = fields[6],
            SendMss = fields[7],
            RoundTrip = AccountFields.Time(fields[8]),
            RoundTripAtLoss = AccountFields.Time(fields[9]),
            MinRoundTrip = AccountFields.Time(fields[10]),
            SendWindow = fields[11],
            FullSamples = fields[12],
            DrainedSamples = fields[13],
            CongestionControl = name.ContainsAnyExceptInRange((byte)'!', (byte)'~') ? "" : Encoding.ASCII.GetString(name),
        };
    }
}

/// <summary>Numbers of accounts: 64 bits each, most significant octet first; times in microseconds.</summary>
internal static class AccountFields
{
    private const long Most = 1L << 50; // a petabyte, or 35 years: sums of 16 stay far from overflow

    internal static void Write(Span<byte> octets, ReadOnlySpan<long> fields)
    {
        for (int i = 0; i < fields.Length; i++)
            BinaryPrimitives.WriteInt64BigEndian(octets[(i * sizeof(long))..], fields[i]);
    }

    internal static void Read(ReadOnlySpan<byte> octets, Span<long> fields)
    {
        for (int i = 0; i < fields.Length; i++)
            fields[i] = Math.Clamp(BinaryPrimitives.ReadInt64BigEndian(octets[(i * sizeof(long))..]), 0, Most);
    }

    internal static long Of(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;

    internal static TimeSpan Time(long microseconds) => TimeSpan.FromTicks(microseconds * TimeSpan.TicksPerMicrosecond);
}
