using System.Buffers;
using System.Text.Json;
using NetWhy.Tools.Tcpdump.Printing;
using NetWhy.Tools.Tcpdump.Printing.Application;
using NetWhy.Wire;
using NetWhy.Wire.Http;
using NetWhy.Wire.Quic;
using NetWhy.Wire.Tls;

namespace NetWhy.Tools.Tcpdump.Json;

/// <summary>Writes what the data of a segment or datagram is: told by the port, or by how it begins.</summary>
/// <remarks>A segment is read alone: what goes on from the one before is not recognized.</remarks>
/// <param name="json">Where to.</param>
/// <param name="scratch">Room for text.</param>
internal sealed class ApplicationJson(Utf8JsonWriter json, PacketText scratch)
{
    private const int Most = 64; // of each list
    private const ushort Domain = 53, MulticastDomain = 5353, LinkLocalNames = 5355;
    private const ushort DhcpServer = 67, DhcpClient = 68, Time = 123, Https = 443;

    private readonly DnsJson _dns = new(json, scratch);

    /// <summary>Writes what a segment holds.</summary>
    /// <param name="ports">Its ports.</param>
    /// <param name="octets">What was captured of its data.</param>
    internal void WriteStream(TransportPorts ports, ReadOnlySpan<byte> octets)
    {
        if (Is(ports, Domain))
            _dns.WriteFirst(octets);
        else if (TlsPrinter.IsRecord(octets))
            WriteTls(octets);
        else if (Http2Printer.IsHttp2(octets))
            WriteHttp2(octets);
        else if (HttpHead.Read(octets, out HttpHead head) is OperationStatus.Done)
            WriteHttp(head);
    }

    /// <summary>Writes what a datagram holds.</summary>
    /// <param name="ports">Its ports.</param>
    /// <param name="octets">What was captured of its data.</param>
    internal void WriteDatagram(TransportPorts ports, ReadOnlySpan<byte> octets)
    {
        if (Is(ports, Domain) || Is(ports, MulticastDomain) || Is(ports, LinkLocalNames))
            _dns.Write(octets);
        else if ((Is(ports, DhcpServer) || Is(ports, DhcpClient)) && DhcpMessage.Read(octets, out DhcpMessage dhcp) is OperationStatus.Done)
            WriteDhcp(dhcp);
        else if (Is(ports, Time) && NtpPacket.Read(octets, out NtpPacket ntp) is OperationStatus.Done)
            WriteNtp(ntp);
        else if (IsQuic(ports, octets))
            WriteQuic(octets);
    }

    private static bool Is(TransportPorts ports, ushort port) => ports.Source == port || ports.Destination == port;

    // A known version is proof enough; without one, the port must say it.
    private static bool IsQuic(TransportPorts ports, ReadOnlySpan<byte> octets) =>
        QuicPacket.Read(octets, isKnown: false, out QuicPacket packet) is OperationStatus.Done && packet.IsLong
        && (QuicPacket.IsKnown(packet.Version) || (Is(ports, Https) && (packet.Version == 0 || QuicPacket.IsGrease(packet.Version))));

    private void WriteTls(ReadOnlySpan<byte> octets)
    {
        json.WriteStartArray("tls"u8);
        bool isProtected = false;
        int count = 0;
        foreach (TlsRecord record in new TlsRecords(octets))
        {
            if (count++ == Most)
                break;
            json.WriteStartObject();
            json.WriteNumber("contentType"u8, (byte)record.ContentType);
            json.WriteNumber("recordVersion"u8, record.Version);
            json.WriteNumber("length"u8, record.Length);
            if (record.ContentType is TlsContentType.Handshake && !isProtected)
                WriteHandshake(record);
            else if (TlsAlertMessage.Read(record, out TlsAlertMessage alert) is OperationStatus.Done)
                WriteAlert(alert);
            isProtected |= record.ContentType is TlsContentType.ChangeCipherSpec;
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void WriteAlert(TlsAlertMessage alert)
    {
        json.WriteStartObject("alert"u8);
        json.WriteBoolean("fatal"u8, alert.IsFatal);
        json.WriteNumber("description"u8, alert.Description);
        json.WriteString("name"u8, TlsAlert.Name(alert.Description));
        json.WriteEndObject();
    }

    private void WriteHandshake(TlsRecord record)
    {
        json.WriteStartArray("handshake"u8);
        int count = 0;
        foreach (TlsHandshakeMessage message in new TlsHandshakeMessages(record.Fragment))
        {
            // A message that goes beyond its record is most likely none: it is encrypted, and the type chance.
            bool mayGoOn = message.Type is HandshakeType.ClientHello or HandshakeType.ServerHello or HandshakeType.Certificate;
            if (count++ == Most || (message.Length > record.Length && !mayGoOn))
                break;
            json.WriteStartObject();
            json.WriteNumber("type"u8, (byte)message.Type);
            json.WriteNumber("length"u8, message.Length);
            if (TlsHello.Read(message, out TlsHello hello) is OperationStatus.Done)
                WriteHello(hello);
            else if (message.Type is HandshakeType.Certificate)
                WriteCertificates(message);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void WriteHello(TlsHello hello)
    {
        json.WriteNumber("version"u8, hello.Version);
        json.WriteIfTrue("helloRetryRequest"u8, hello.IsHelloRetryRequest);
        json.WriteText("serverName"u8, hello.ServerName);
        json.WriteStartArray("applicationProtocols"u8);
        int count = 0;
        foreach (TypeLengthValue protocol in hello.ApplicationProtocols)
        {
            if (count++ < Most)
                json.WriteStringValue(protocol.Value);
        }

        json.WriteEndArray();
        WriteNumbers("supportedVersions"u8, hello.SupportedVersions);
        WriteNumbers("cipherSuites"u8, hello.CipherSuites);
        WriteNumbers("supportedGroups"u8, hello.SupportedGroups);
        json.WriteStartArray("keyShareGroups"u8);
        count = 0;
        foreach (TypeLengthValue share in hello.KeyShares)
        {
            if (count++ < Most)
                json.WriteNumberValue(share.Type);
        }

        json.WriteEndArray();
    }

    private void WriteNumbers(ReadOnlySpan<byte> name, ReadOnlySpan<UInt16BigEndian> numbers)
    {
        if (numbers.IsEmpty)
            return;
        json.WriteStartArray(name);
        foreach (UInt16BigEndian number in numbers[..Math.Min(numbers.Length, Most)])
            json.WriteNumberValue(number);
        json.WriteEndArray();
    }

    // Before TLS 1.3: then the message is encrypted.
    private void WriteCertificates(TlsHandshakeMessage message)
    {
        json.WriteStartArray("certificateLengths"u8);
        var certificates = new TlsCertificates(message.Body, isTls13: false);
        for (int count = 0; count < Most && certificates.MoveNext(); count++)
            json.WriteNumberValue(certificates.CurrentLength);
        json.WriteEndArray();
    }

    private void WriteHttp(HttpHead head)
    {
        json.WriteStartObject("http"u8);
        json.WriteText("version"u8, head.Version);
        if (head.IsResponse)
        {
            json.WriteNumber("status"u8, head.Status);
            json.WriteText("reason"u8, head.Reason);
        }
        else
        {
            json.WriteText("method"u8, head.Method);
            json.WriteText("path"u8, head.Target);
        }

        bool hasHost = false;
        foreach (HttpField field in head.Fields)
        {
            if (hasHost || !field.Is("host"u8))
                continue;
            json.WriteText("host"u8, field.Value);
            hasHost = true;
        }

        json.WriteEndObject();
    }

    private void WriteHttp2(ReadOnlySpan<byte> octets)
    {
        json.WriteStartArray("http2"u8);
        int count = 0;
        foreach (Http2Frame frame in new Http2Frames(octets))
        {
            if (count++ == Most)
                break;
            json.WriteStartObject();
            json.WriteNumber("type"u8, (byte)frame.Type);
            json.WriteNumber("flags"u8, frame.Flags);
            json.WriteNumber("streamId"u8, frame.StreamId);
            json.WriteNumber("length"u8, frame.Length);
            json.WriteIfAny("errorCode"u8, frame.ErrorCode);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void WriteQuic(ReadOnlySpan<byte> octets)
    {
        json.WriteStartArray("quic"u8);
        int count = 0;
        while (count++ < Most && QuicPacket.Read(octets, isKnown: false, out QuicPacket packet) is OperationStatus.Done && packet.IsLong)
        {
            json.WriteStartObject();
            json.WriteString("type"u8, NameOf(packet.Type));
            json.WriteNumber("version"u8, packet.Version);
            json.WriteHexadecimal("destinationId"u8, packet.DestinationId);
            json.WriteHexadecimal("sourceId"u8, packet.SourceId);
            if (packet.Type is QuicPacketType.Initial or QuicPacketType.Retry)
                json.WriteNumber("tokenLength"u8, packet.Token.Length);
            json.WriteIfAny("length"u8, packet.Length);
            if (packet.Type is QuicPacketType.VersionNegotiation)
                WriteVersions(packet.SupportedVersions);
            json.WriteEndObject();
            octets = packet.Rest;
        }

        json.WriteEndArray();
    }

    private void WriteVersions(ReadOnlySpan<UInt32BigEndian> versions)
    {
        json.WriteStartArray("supportedVersions"u8);
        foreach (UInt32BigEndian version in versions[..Math.Min(versions.Length, Most)])
            json.WriteNumberValue(version);
        json.WriteEndArray();
    }

    private static ReadOnlySpan<byte> NameOf(QuicPacketType type) => type switch
    {
        QuicPacketType.VersionNegotiation => "versionNegotiation"u8,
        QuicPacketType.Initial => "initial"u8,
        QuicPacketType.ZeroRtt => "0rtt"u8,
        QuicPacketType.Handshake => "handshake"u8,
        QuicPacketType.Retry => "retry"u8,
        QuicPacketType.OneRtt => "1rtt"u8,
        _ => "unknown"u8,
    };

    private void WriteDhcp(DhcpMessage message)
    {
        ref readonly DhcpHeader header = ref message.Header;
        json.WriteStartObject("dhcp"u8);
        json.WriteNumber("operation"u8, header.Operation);
        json.WriteNumber("transactionId"u8, header.TransactionId);
        json.WriteNumber("messageType"u8, (byte)message.MessageType);
        json.WriteNumber("seconds"u8, header.Seconds);
        json.WriteNumber("flags"u8, header.Flags);
        json.WriteAddress("clientAddress"u8, header.ClientAddress, scratch);
        json.WriteAddress("yourAddress"u8, header.YourAddress, scratch);
        json.WriteAddress("serverAddress"u8, header.ServerAddress, scratch);
        json.WriteAddress("relayAddress"u8, header.RelayAddress, scratch);
        if (header.HardwareType == 1)
            json.WriteMac("clientHardwareAddress"u8, header.ClientHardware);
        json.WriteStartArray("options"u8);
        int count = 0;
        foreach (TypeLengthValue option in message.Options)
        {
            if (count++ == Most)
                break;
            json.WriteStartObject();
            json.WriteNumber("code"u8, option.Type);
            json.WriteNumber("length"u8, option.Length);
            json.WriteHexadecimal("value"u8, option.Value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteNtp(NtpPacket packet)
    {
        ref readonly NtpHeader header = ref packet.Header;
        json.WriteStartObject("ntp"u8);
        json.WriteNumber("leap"u8, header.Leap);
        json.WriteNumber("version"u8, header.Version);
        json.WriteNumber("mode"u8, header.Mode);
        json.WriteNumber("stratum"u8, header.Stratum);
        json.WriteNumber("poll"u8, header.Poll);
        json.WriteNumber("precision"u8, header.Precision);
        json.WriteNumber("rootDelay"u8, header.RootDelay / 65536.0);
        json.WriteNumber("rootDispersion"u8, header.RootDispersion / 65536.0);
        json.WriteNumber("referenceId"u8, header.ReferenceId);
        WriteTimestamp("reference"u8, header.Reference);
        WriteTimestamp("originate"u8, header.Originate);
        WriteTimestamp("receive"u8, header.Receive);
        WriteTimestamp("transmit"u8, header.Transmit);
        json.WriteEndObject();
    }

    // Nanoseconds since 1970, UTC.
    private void WriteTimestamp(ReadOnlySpan<byte> name, NtpTimestamp time)
    {
        if (!time.IsEmpty)
            json.WriteNumber(name, time.UnixNanoseconds);
    }
}
