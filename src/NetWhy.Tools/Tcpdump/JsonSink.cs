using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using NetWhy.Capture.Files;
using NetWhy.Linux;
using NetWhy.Tools.Tcpdump.Printing;
using NetWhy.Tools.Tcpdump.Printing.Link;
using NetWhy.Wire;

namespace NetWhy.Tools.Tcpdump;

/// <summary>Prints packets as JSON, an object on a line for each.</summary>
internal sealed class JsonSink : IPacketSink
{
    private const int FlushAt = 1 << 16;

    private readonly TcpdumpOptions _options;
    private readonly IToolHost _host;
    private readonly PacketPrinter _printer;
    private readonly ArrayBufferWriter<byte> _buffer = new(FlushAt * 2);
    private readonly Utf8JsonWriter _json;
    private readonly PacketOwners? _owners;

    /// <summary>Makes a sink.</summary>
    /// <param name="options">How packets are printed in words.</param>
    /// <param name="host">Where.</param>
    internal JsonSink(TcpdumpOptions options, IToolHost host)
    {
        _options = options;
        _host = host;
        _owners = options.ShowsProcess ? new PacketOwners() : null;
        PrintOptions print = options.Print with { Time = TimeStyle.None, ShowsNumber = false, Dump = DumpStyle.None };
        _printer = new PacketPrinter(print, new NameResolver(print), new LocalClock(isUtc: true));
        _json = new Utf8JsonWriter(_buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
    }

    /// <inheritdoc/>
    public bool Take(long number, in PacketRecord packet)
    {
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteString("schema"u8, "netwhy.packet/1"u8);
        _json.WriteNumber("number"u8, number);
        WriteTime(packet.Seconds, packet.Nanoseconds - (packet.Seconds * 1_000_000_000));
        if (packet.Interface.Name is { } name)
            _json.WriteString("interface"u8, name);
        _json.WriteString("linkType"u8, LinkTypeNames.Of(packet.Interface.LinkType) ?? "unknown");
        _json.WriteNumber("capturedLength"u8, packet.Octets.Length);
        _json.WriteNumber("length"u8, packet.OriginalLength);
        foreach (string comment in packet.Comments)
            _json.WriteString("comment"u8, comment);
        WriteHeaders(packet.Interface.LinkType, packet.Octets);

        if (_owners?.Of(packet.Interface.LinkType, packet.Octets) is { } owner)
        {
            _json.WriteStartObject("process"u8);
            _json.WriteNumber("pid"u8, owner.Pid);
            _json.WriteString("name"u8, owner.Name);
            _json.WriteEndObject();
        }

        _printer.Text.Clear();
        _printer.Print(number, packet.Seconds, 0, packet.Interface.LinkType, packet.Octets, packet.OriginalLength);
        _json.WriteString("text"u8, _printer.Text.Octets.TrimEnd((byte)'\n'));
        _json.WriteEndObject();
        _json.Flush();
        _buffer.Write("\n"u8);
        if (_options.IsLineBuffered || _buffer.WrittenCount >= FlushAt)
            Flush();
        return true;
    }

    /// <inheritdoc/>
    public void Flush()
    {
        _host.Output.Write(_buffer.WrittenSpan);
        _buffer.ResetWrittenCount();
    }

    /// <inheritdoc/>
    public void End() => Flush();

    /// <inheritdoc/>
    public void Dispose() => _json.Dispose();

    // RFC 3339, in UTC, with the nanoseconds that DateTimeOffset has no room for.
    private void WriteTime(long seconds, long fraction)
    {
        if (seconds is < 0 or > 253_402_300_799 || fraction is < 0 or >= 1_000_000_000)
            return;
        Span<byte> text = stackalloc byte[30];
        DateTimeOffset.FromUnixTimeSeconds(seconds).TryFormat(text, out int length, "yyyy-MM-dd'T'HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);
        text[length++] = (byte)'.';
        for (long unit = 100_000_000; unit > 0; unit /= 10)
            text[length++] = (byte)('0' + (fraction / unit % 10));
        text[length++] = (byte)'Z';
        _json.WriteString("time"u8, text[..length]);
    }

    private void WriteHeaders(int linkType, ReadOnlySpan<byte> octets)
    {
        if (linkType == 1 && octets.Length >= 14)
        {
            WriteColons("sourceMac"u8, octets.Slice(6, 6));
            WriteColons("destinationMac"u8, octets[..6]);
        }

        if (linkType == 276 && octets.Length >= 20 && _printer.InterfaceNames.Of(BinaryPrimitives.ReadUInt32BigEndian(octets[4..])) is { } name)
            _json.WriteString("device"u8, name);
        if (!NetworkHeader.TryFind(linkType, octets, out ushort type, out int at, out int? vlan))
            return;
        if (vlan is { } number)
            _json.WriteNumber("vlan"u8, number);

        if (type == EtherTypes.Ipv4 && Ipv4Packet.Read(octets[at..], out Ipv4Packet ipv4) is OperationStatus.Done)
        {
            _json.WriteString("source"u8, ipv4.Source.ToString());
            _json.WriteString("destination"u8, ipv4.Destination.ToString());
            _json.WriteNumber("timeToLive"u8, ipv4.TimeToLive);
            WriteTransport((byte)ipv4.Protocol, ipv4.FragmentOffset == 0 ? ipv4.Payload : [], ipv4.PayloadLength);
        }
        else if (type == EtherTypes.Ipv6 && Ipv6Packet.Read(octets[at..], out Ipv6Packet ipv6) is OperationStatus.Done)
        {
            _json.WriteString("source"u8, ipv6.Source.ToString());
            _json.WriteString("destination"u8, ipv6.Destination.ToString());
            _json.WriteNumber("timeToLive"u8, ipv6.HopLimit);
            WriteTransport((byte)ipv6.Protocol, ipv6.Payload, ipv6.PayloadLength);
        }
    }

    private void WriteTransport(byte protocol, ReadOnlySpan<byte> payload, int length)
    {
        _json.WriteNumber("protocol"u8, protocol);
        if (protocol == 6 && TcpSegment.Read(payload, out TcpSegment segment) is OperationStatus.Done)
        {
            _json.WriteNumber("sourcePort"u8, segment.SourcePort);
            _json.WriteNumber("destinationPort"u8, segment.DestinationPort);
            _json.WriteStartObject("tcp"u8);
            _json.WriteNumber("sequenceNumber"u8, segment.SequenceNumber);
            if (segment.Flags.HasFlag(TcpFlags.Ack))
                _json.WriteNumber("acknowledgmentNumber"u8, segment.AcknowledgmentNumber);
            _json.WriteStartArray("flags"u8);
            foreach ((TcpFlags flag, string name) in FlagNames)
            {
                if (segment.Flags.HasFlag(flag))
                    _json.WriteStringValue(name);
            }

            _json.WriteEndArray();
            _json.WriteNumber("window"u8, segment.Window);
            _json.WriteNumber("payloadLength"u8, Math.Max(0, length - segment.HeaderLength));
            _json.WriteEndObject();
        }
        else if (protocol == 17 && payload.Length >= 8)
        {
            _json.WriteNumber("sourcePort"u8, BinaryPrimitives.ReadUInt16BigEndian(payload));
            _json.WriteNumber("destinationPort"u8, BinaryPrimitives.ReadUInt16BigEndian(payload[2..]));
        }
        else if (protocol is 1 or 58 && payload.Length >= 2)
        {
            _json.WriteNumber("icmpType"u8, payload[0]);
            _json.WriteNumber("icmpCode"u8, payload[1]);
        }
    }

    private static readonly (TcpFlags Flag, string Name)[] FlagNames =
    [
        (TcpFlags.Fin, "FIN"), (TcpFlags.Syn, "SYN"), (TcpFlags.Rst, "RST"), (TcpFlags.Psh, "PSH"), (TcpFlags.Ack, "ACK"), (TcpFlags.Urg, "URG"),
        (TcpFlags.Ece, "ECE"), (TcpFlags.Cwr, "CWR"),
    ];

    private void WriteColons(ReadOnlySpan<byte> name, ReadOnlySpan<byte> address)
    {
        Span<byte> text = stackalloc byte[17];
        for (int i = 0; i < 6; i++)
        {
            if (i > 0)
                text[(i * 3) - 1] = (byte)':';
            text[i * 3] = PacketText.Digit(address[i] >> 4);
            text[(i * 3) + 1] = PacketText.Digit(address[i] & 0xf);
        }

        _json.WriteString(name, text);
    }
}
