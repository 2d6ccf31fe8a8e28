using System.Buffers.Binary;

namespace NetWhy.Paths.Transfer;

/// <summary>What a connection between two netwhy is for.</summary>
public enum TransferKind : byte
{
    /// <summary>The client sends; the server says how much came.</summary>
    Upload = 1,

    /// <summary>The server sends when the client says so, and at the end says what its TCP knows.</summary>
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
/// <remarks>
/// <code>
///   0 "NWBW"   4 version   5 kind   6 omitted, milliseconds (16 bits)   8 time, milliseconds (32 bits)
///  12 octets (64 bits)    20 octets a second (64 bits)                 28 session (32 bits)
/// </code>
/// </remarks>
/// <param name="Kind">What for.</param>
/// <param name="Time">How long to measure.</param>
/// <param name="Octets">How much to send at most.</param>
/// <param name="Rate">Octets a second at most; 0 for as fast as TCP allows.</param>
public readonly record struct TransferHello(TransferKind Kind, TimeSpan Time, long Octets, long Rate)
{
    /// <summary>Octets of it on the wire.</summary>
    public const int Size = 32;

    /// <summary>Octets of the answer on the wire.</summary>
    public const int AnswerSize = 8;

    private const byte Version = 1;

    /// <summary>How long to send before measuring begins.</summary>
    public TimeSpan Omitted { get; init; }

    /// <summary>Which connections of a client are measured in the same interval.</summary>
    public uint Session { get; init; }

    /// <summary>From the first octet to the end of what is measured.</summary>
    public TimeSpan End => Omitted + Time;

    private static ReadOnlySpan<byte> Magic => "NWBW"u8;

    /// <summary>Writes it.</summary>
    /// <param name="octets">As many as <see cref="Size"/>.</param>
    public void Write(Span<byte> octets)
    {
        octets[..Size].Clear();
        Magic.CopyTo(octets);
        octets[4] = Version;
        octets[5] = (byte)Kind;
        BinaryPrimitives.WriteUInt16BigEndian(octets[6..], (ushort)Math.Clamp(Omitted.TotalMilliseconds, 0, ushort.MaxValue));
        BinaryPrimitives.WriteUInt32BigEndian(octets[8..], (uint)Math.Clamp(Time.TotalMilliseconds, 0, uint.MaxValue));
        BinaryPrimitives.WriteInt64BigEndian(octets[12..], Octets);
        BinaryPrimitives.WriteInt64BigEndian(octets[20..], Rate);
        BinaryPrimitives.WriteUInt32BigEndian(octets[28..], Session);
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
            Math.Max(0, BinaryPrimitives.ReadInt64BigEndian(octets[20..])))
        {
            Omitted = TimeSpan.FromMilliseconds(BinaryPrimitives.ReadUInt16BigEndian(octets[6..])),
            Session = BinaryPrimitives.ReadUInt32BigEndian(octets[28..]),
        };
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
        octets.Length >= AnswerSize && octets.StartsWith(Magic) && octets[4] == Version ? (TransferStatus)octets[5] : null;
}
