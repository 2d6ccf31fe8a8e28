using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Numerics;
using System.Text;

namespace NetWhy.Wire.Tls;

/// <summary>What a server answers to a ClientHello, as far as it is in the clear.</summary>
public enum TlsFlightState
{
    /// <summary>More must come.</summary>
    Incomplete,

    /// <summary>A ServerHello came, and what was wanted of the messages behind it.</summary>
    Hello,

    /// <summary>The server asks for another hello (HelloRetryRequest).</summary>
    Retry,

    /// <summary>A fatal alert came.</summary>
    Alert,

    /// <summary>What came is no TLS, or breaks its rules.</summary>
    NotTls,

    /// <summary>More came than any server needs to say.</summary>
    TooLong,
}

/// <summary>Puts together what a server answers to a ClientHello, octet by octet if need be, and reads what it chose.</summary>
/// <remarks>
/// It may be given any octets, never throws, and keeps no more than <see cref="Longest"/> of them. Source: RFC 8446, section 4.1.3;
/// RFC 5246, sections 7.4.1.3 to 7.4.5; RFC 8422, section 5.4.
/// </remarks>
/// <param name="goesOn">Whether the messages behind the ServerHello are wanted too, which TLS 1.3 encrypts.</param>
public sealed class TlsServerFlight(bool goesOn)
{
    /// <summary>Most octets that are read of one answer.</summary>
    public const int Longest = 256 * 1024;

    private const ushort Tls13 = 0x0304;
    private const int NamedCurve = 3;
    private const int LongestGreeting = 160;
    private const int MostCertificates = 32;

    private ArrayBufferWriter<byte> _rest = new(); // of the record that is not whole yet
    private ArrayBufferWriter<byte> _messages = new();
    private static readonly ArrayBufferWriter<byte> Nothing = new();

    private readonly byte[] _greeting = new byte[LongestGreeting];
    private long _received;
    private int _greetingLength;
    private int _read; // octets of the messages that are read

    /// <summary>How far it came.</summary>
    public TlsFlightState State { get; private set; }

    /// <summary>The first octets that came, at most 160.</summary>
    public ReadOnlySpan<byte> Greeting => _greeting.AsSpan(0, _greetingLength);

    /// <summary>The alert; null if none came. A warning does not end the flight.</summary>
    public byte? Alert { get; private set; }

    /// <summary>Version that the server chose; 0 if none.</summary>
    public ushort Version { get; private set; }

    /// <summary>Cipher suite that it chose.</summary>
    public ushort CipherSuite { get; private set; }

    /// <summary>Compression that it chose; 0 for none.</summary>
    public byte Compression { get; private set; }

    /// <summary>Group that it chose or asks for; null if it did not say.</summary>
    public ushort? Group { get; private set; }

    /// <summary>Length of its prime in bits; null if it sent none.</summary>
    public int? PrimeBits { get; private set; }

    /// <summary>Signature that it made; null if it did not say.</summary>
    public ushort? Signature { get; private set; }

    /// <summary>The certificates that it sent in the clear, as TLS 1.2 does, leaf first; none if they were not wanted.</summary>
    public ImmutableArray<byte[]> Certificates { get; private set; } = [];

    /// <summary>Protocol of the application that it chose in the clear; null if none.</summary>
    public string? Protocol { get; private set; }

    /// <summary>Whether it knows secure renegotiation (RFC 5746).</summary>
    public bool HasSecureRenegotiation { get; private set; }

    /// <summary>Whether it uses the extended master secret (RFC 7627).</summary>
    public bool HasExtendedMasterSecret { get; private set; }

    /// <summary>Whether it gives session tickets (RFC 5077).</summary>
    public bool HasTickets { get; private set; }

    /// <summary>Takes in what came next.</summary>
    /// <param name="octets">The octets.</param>
    /// <returns>Whether nothing more is needed.</returns>
    public bool Add(ReadOnlySpan<byte> octets)
    {
        if (State is not TlsFlightState.Incomplete)
            return true;
        int kept = Math.Min(octets.Length, LongestGreeting - _greetingLength);
        octets[..kept].CopyTo(_greeting.AsSpan(_greetingLength));
        _greetingLength += kept;
        _received += octets.Length;
        if (_received > Longest)
        {
            State = TlsFlightState.TooLong;
            return true;
        }

        _rest.Write(octets);
        ReadRecords();
        if (State is TlsFlightState.Incomplete)
            return false;
        _rest = _messages = Nothing; // what was read of them is kept
        return true;
    }

    private void ReadRecords()
    {
        int done = 0;
        ReadOnlySpan<byte> rest = _rest.WrittenSpan;
        while (State is TlsFlightState.Incomplete && done < rest.Length)
        {
            OperationStatus status = TlsRecord.Read(rest[done..], out TlsRecord record);
            if (status is OperationStatus.InvalidData || !IsBeginningOfRecord(rest[done..]))
                State = TlsFlightState.NotTls;
            if (status is not OperationStatus.Done || record.IsTruncated)
                break;
            done += TlsRecord.HeaderLength + record.Length;
            ReadRecord(record);
        }

        byte[] left = rest[done..].ToArray();
        _rest.ResetWrittenCount();
        _rest.Write(left);
    }

    // Fewer octets than a header has may show already that it is none.
    private static bool IsBeginningOfRecord(ReadOnlySpan<byte> octets) => octets[0] is >= 20 and <= 24 && (octets.Length < 2 || octets[1] == 3);

    private void ReadRecord(TlsRecord record)
    {
        switch (record.ContentType)
        {
            case TlsContentType.Alert when TlsAlertMessage.Read(record, out TlsAlertMessage alert) is OperationStatus.Done:
                Alert = alert.Description;
                if (alert.IsFatal || alert.Description == 0)
                    State = TlsFlightState.Alert;
                break;
            case TlsContentType.Handshake:
                _messages.Write(record.Fragment);
                ReadMessages();
                break;
            case TlsContentType.ChangeCipherSpec:
                break;
            default:
                State = Version == 0 ? TlsFlightState.NotTls : TlsFlightState.Hello;
                break;
        }
    }

    private void ReadMessages()
    {
        while (State is TlsFlightState.Incomplete)
        {
            OperationStatus status = TlsHandshakeMessage.Read(_messages.WrittenSpan[_read..], out TlsHandshakeMessage message);
            if (status is OperationStatus.InvalidData)
                State = TlsFlightState.NotTls;
            if (status is not OperationStatus.Done || message.IsTruncated)
                return;
            _read += TlsHandshakeMessage.HeaderLength + message.Length;
            ReadMessage(message);
        }
    }

    private void ReadMessage(TlsHandshakeMessage message)
    {
        switch (message.Type)
        {
            case HandshakeType.ServerHello:
                ReadHello(message);
                break;
            case HandshakeType.ServerKeyExchange:
                ReadKeyExchange(message.Body);
                break;
            case HandshakeType.ServerHelloDone:
                State = Version == 0 ? TlsFlightState.NotTls : TlsFlightState.Hello;
                break;
            case HandshakeType.Certificate:
                ReadCertificates(message.Body);
                break;
            case HandshakeType.CertificateStatus or HandshakeType.CertificateRequest:
                break;
            default:
                State = TlsFlightState.NotTls;
                break;
        }
    }

    private void ReadHello(TlsHandshakeMessage message)
    {
        if (Version != 0 || TlsHello.Read(message, out TlsHello hello) is not OperationStatus.Done || hello.CipherSuites.Length != 1)
        {
            State = TlsFlightState.NotTls;
            return;
        }

        Version = hello.Version;
        CipherSuite = hello.CipherSuites[0];
        Compression = hello.CompressionMethods is [var method] ? method : (byte)0;
        HasSecureRenegotiation = hello.Has(TlsExtensionType.RenegotiationInfo);
        HasExtendedMasterSecret = hello.Has(TlsExtensionType.ExtendedMasterSecret);
        HasTickets = hello.Has(TlsExtensionType.SessionTicket);
        foreach (TypeLengthValue protocol in hello.ApplicationProtocols)
            Protocol ??= Encoding.Latin1.GetString(protocol.Value);
        foreach (TypeLengthValue extension in hello.Extensions)
        {
            if (extension.Type == (int)TlsExtensionType.KeyShare && extension.Value.Length >= 2)
                Group = BinaryPrimitives.ReadUInt16BigEndian(extension.Value);
        }

        if (hello.IsHelloRetryRequest)
            State = TlsFlightState.Retry;
        else if (!goesOn || Version >= Tls13)
            State = TlsFlightState.Hello;
    }

    private void ReadCertificates(ReadOnlySpan<byte> body)
    {
        List<byte[]> sent = [];
        var walk = new TlsCertificates(body, isTls13: false);
        while (sent.Count < MostCertificates && walk.MoveNext() && walk.Status is OperationStatus.Done)
            sent.Add(walk.Current.ToArray());
        Certificates = [.. sent];
    }

    // Which form it has, the cipher suite says; it is never more than read.
    private void ReadKeyExchange(ReadOnlySpan<byte> body)
    {
        bool isKnown;
        bool isSigned = !TlsCipherSuite.HasSharedKey(CipherSuite);
        if (!isSigned)
            _ = Vector.Take(ref body, 2, out _); // psk_identity_hint: RFC 4279, sections 2 to 4; RFC 5489, section 2
        if (TlsCipherSuite.HasCurve(CipherSuite) && body is [NamedCurve, _, _, ..])
        {
            Group = BinaryPrimitives.ReadUInt16BigEndian(body[1..]);
            body = body[3..];
            _ = Vector.Take(ref body, 1, out _);
            isKnown = true;
        }
        else
        {
            isKnown = TlsCipherSuite.HasPrime(CipherSuite);
            ReadOnlySpan<byte> prime = isKnown ? Vector.Take(ref body, 2, out _).TrimStart((byte)0) : default;
            if (!prime.IsEmpty)
                PrimeBits = prime.Length * 8 - BitOperations.LeadingZeroCount((uint)prime[0]) + 24;
            for (int i = 0; i < 2 && isKnown; i++)
                _ = Vector.Take(ref body, 2, out _); // generator and public value
        }

        if (isKnown && isSigned && Version == 0x0303 && body.Length >= 4)
            Signature = BinaryPrimitives.ReadUInt16BigEndian(body);
    }
}
