using System.Buffers;
using System.Buffers.Binary;

namespace NetWhy.Wire.Tls;

/// <summary>What a TLS record carries. Source: RFC 8446, section 5.1; RFC 6520.</summary>
public enum TlsContentType : byte
{
    /// <summary>The change to protected records, before TLS 1.3.</summary>
    ChangeCipherSpec = 20,

    /// <summary>A <see cref="TlsAlertMessage"/>.</summary>
    Alert = 21,

    /// <summary>A <see cref="TlsHandshakeMessage"/>, several, or a part of one.</summary>
    Handshake = 22,

    /// <summary>Data; in TLS 1.3 everything that is protected.</summary>
    ApplicationData = 23,

    /// <summary>A heartbeat.</summary>
    Heartbeat = 24,
}

/// <summary>A TLS record viewed where it lies.</summary>
/// <remarks>
/// <see cref="Read"/> makes the only checks; after <see cref="OperationStatus.Done"/> no member can throw. Source: RFC 8446,
/// section 5.1; RFC 5246, section 6.2.
/// </remarks>
public readonly ref struct TlsRecord
{
    /// <summary>Length of the header, in octets.</summary>
    public const int HeaderLength = 5;

    private const int Longest = (1 << 14) + 2048; // RFC 5246, section 6.2.3
    private const int MajorVersion = 3;

    private readonly ReadOnlySpan<byte> _octets;

    private TlsRecord(ReadOnlySpan<byte> octets) => _octets = octets;

    /// <summary>What it carries.</summary>
    public TlsContentType ContentType => (TlsContentType)_octets[0];

    /// <summary>Version, 0x0301 to 0x0303; says little in TLS 1.3.</summary>
    public ushort Version => BinaryPrimitives.ReadUInt16BigEndian(_octets[1..]);

    /// <summary>Length of the fragment as sent, in octets.</summary>
    public ushort Length => BinaryPrimitives.ReadUInt16BigEndian(_octets[3..]);

    /// <summary>What was captured of what it carries.</summary>
    public ReadOnlySpan<byte> Fragment => _octets[HeaderLength..];

    /// <summary>Whether more of it was sent than is here: cut, or in the next segment.</summary>
    public bool IsTruncated => Fragment.Length < Length;

    /// <summary>Views the record that starts at the first octet.</summary>
    /// <param name="octets">Octets of the stream.</param>
    /// <param name="record">The view, valid as long as <paramref name="octets"/> is.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, <see cref="OperationStatus.NeedMoreData"/> if the header is cut short, or
    /// <see cref="OperationStatus.InvalidData"/> if no record begins here.
    /// </returns>
    public static OperationStatus Read(ReadOnlySpan<byte> octets, out TlsRecord record)
    {
        record = default;
        if (octets.Length < HeaderLength)
            return OperationStatus.NeedMoreData;
        int length = BinaryPrimitives.ReadUInt16BigEndian(octets[3..]);
        if ((TlsContentType)octets[0] is < TlsContentType.ChangeCipherSpec or > TlsContentType.Heartbeat
            || octets[1] != MajorVersion || octets[2] > 4 || length > Longest)
        {
            return OperationStatus.InvalidData;
        }

        record = new TlsRecord(octets[..Math.Min(octets.Length, HeaderLength + length)]);
        return OperationStatus.Done;
    }
}

/// <summary>Walks the records of a stream, forward only and in place.</summary>
/// <param name="octets">Octets of the stream from the start of a record on.</param>
public ref struct TlsRecords(ReadOnlySpan<byte> octets)
{
    private ReadOnlySpan<byte> _rest = octets;

    /// <summary>The record just read.</summary>
    public TlsRecord Current { get; private set; }

    /// <summary>
    /// How the walk ended: <see cref="OperationStatus.NeedMoreData"/> within a record,
    /// <see cref="OperationStatus.InvalidData"/> where no record begins.
    /// </summary>
    public OperationStatus Status { get; private set; }

    /// <summary>The walk itself, for <c>foreach</c>.</summary>
    public readonly TlsRecords GetEnumerator() => this;

    /// <summary>Moves to the next record; of the last one the end may be missing.</summary>
    /// <returns>False at the end; <see cref="Status"/> tells how it ended.</returns>
    public bool MoveNext()
    {
        if (_rest.IsEmpty || Status is not OperationStatus.Done)
            return false;
        Status = TlsRecord.Read(_rest, out TlsRecord record);
        if (Status is not OperationStatus.Done)
            return false;
        Current = record;
        if (record.IsTruncated)
            Status = OperationStatus.NeedMoreData;
        _rest = _rest[(TlsRecord.HeaderLength + record.Fragment.Length)..];
        return true;
    }
}

/// <summary>A handshake message viewed where it lies. Source: RFC 8446, section 4.</summary>
public readonly ref struct TlsHandshakeMessage
{
    /// <summary>Length of the header, in octets.</summary>
    public const int HeaderLength = 4;

    private readonly ReadOnlySpan<byte> _octets;

    private TlsHandshakeMessage(ReadOnlySpan<byte> octets) => _octets = octets;

    /// <summary>What the message is.</summary>
    public HandshakeType Type => (HandshakeType)_octets[0];

    /// <summary>Length of the body as sent, in octets.</summary>
    public int Length => (int)(BinaryPrimitives.ReadUInt32BigEndian(_octets) & 0xff_ffff);

    /// <summary>What is here of the body.</summary>
    public ReadOnlySpan<byte> Body => _octets[HeaderLength..];

    /// <summary>Whether more of it was sent than is here: cut, or in the next record.</summary>
    public bool IsTruncated => Body.Length < Length;

    /// <summary>Views the message that starts at the first octet.</summary>
    /// <param name="octets">What a record carries, or several one behind the other.</param>
    /// <param name="message">The view, valid as long as <paramref name="octets"/> is.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, <see cref="OperationStatus.NeedMoreData"/> if the header is cut short, or
    /// <see cref="OperationStatus.InvalidData"/> if there is no such message: then it is encrypted.
    /// </returns>
    public static OperationStatus Read(ReadOnlySpan<byte> octets, out TlsHandshakeMessage message)
    {
        message = default;
        if (octets.Length < HeaderLength)
            return OperationStatus.NeedMoreData;
        if (!IsKnown((HandshakeType)octets[0]))
            return OperationStatus.InvalidData;
        long end = HeaderLength + (BinaryPrimitives.ReadUInt32BigEndian(octets) & 0xff_ffff);
        message = new TlsHandshakeMessage(octets[..(int)Math.Min(octets.Length, end)]);
        return OperationStatus.Done;
    }

    private static bool IsKnown(HandshakeType type) => type is HandshakeType.HelloRequest or HandshakeType.ClientHello or HandshakeType.ServerHello
        or HandshakeType.NewSessionTicket or HandshakeType.EndOfEarlyData or HandshakeType.EncryptedExtensions or HandshakeType.Certificate
        or HandshakeType.ServerKeyExchange or HandshakeType.CertificateRequest or HandshakeType.ServerHelloDone or HandshakeType.CertificateVerify
        or HandshakeType.ClientKeyExchange or HandshakeType.Finished or HandshakeType.CertificateStatus or HandshakeType.KeyUpdate;
}

/// <summary>Walks handshake messages, forward only and in place.</summary>
/// <param name="octets">What a record carries, or several one behind the other.</param>
public ref struct TlsHandshakeMessages(ReadOnlySpan<byte> octets)
{
    private ReadOnlySpan<byte> _rest = octets;

    /// <summary>The message just read.</summary>
    public TlsHandshakeMessage Current { get; private set; }

    /// <summary>
    /// How the walk ended: <see cref="OperationStatus.NeedMoreData"/> within a message,
    /// <see cref="OperationStatus.InvalidData"/> where no message begins.
    /// </summary>
    public OperationStatus Status { get; private set; }

    /// <summary>The walk itself, for <c>foreach</c>.</summary>
    public readonly TlsHandshakeMessages GetEnumerator() => this;

    /// <summary>Moves to the next message; of the last one the end may be missing.</summary>
    /// <returns>False at the end; <see cref="Status"/> tells how it ended.</returns>
    public bool MoveNext()
    {
        if (_rest.IsEmpty || Status is not OperationStatus.Done)
            return false;
        Status = TlsHandshakeMessage.Read(_rest, out TlsHandshakeMessage message);
        if (Status is not OperationStatus.Done)
            return false;
        Current = message;
        if (message.IsTruncated)
            Status = OperationStatus.NeedMoreData;
        _rest = _rest[(TlsHandshakeMessage.HeaderLength + message.Body.Length)..];
        return true;
    }
}

/// <summary>An alert in the clear. The declaration is the wire layout. Source: RFC 8446, section 6.</summary>
/// <param name="Level">1 warning, 2 fatal.</param>
/// <param name="Description">What is wrong; <see cref="TlsAlert.Name"/> names it.</param>
[System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Sequential, Pack = 1, Size = 2)]
public readonly record struct TlsAlertMessage(byte Level, byte Description)
{
    /// <summary>Whether the connection ends with it.</summary>
    public bool IsFatal => Level == 2;

    /// <summary>Reads the alert of a record.</summary>
    /// <param name="record">The record.</param>
    /// <param name="alert">The alert.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, <see cref="OperationStatus.NeedMoreData"/> if it is cut short, or
    /// <see cref="OperationStatus.InvalidData"/> if the record carries none, or an encrypted one.
    /// </returns>
    public static OperationStatus Read(TlsRecord record, out TlsAlertMessage alert)
    {
        alert = default;
        if (record.ContentType is not TlsContentType.Alert || record.Length != 2)
            return OperationStatus.InvalidData;
        if (record.IsTruncated)
            return OperationStatus.NeedMoreData;
        alert = new TlsAlertMessage(record.Fragment[0], record.Fragment[1]);
        return alert.Level is 1 or 2 ? OperationStatus.Done : OperationStatus.InvalidData;
    }
}
