using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using NetWhy.Capture.Files;
using NetWhy.Linux;
using NetWhy.Tools.Tcpdump.Json;
using NetWhy.Tools.Tcpdump.Printing;
using NetWhy.Tools.Tcpdump.Printing.Link;
using NetWhy.Wire.Link;

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
    private readonly PacketJson _headers;
    private readonly PacketOwners? _owners;

    /// <summary>Makes a sink.</summary>
    /// <param name="options">How packets are printed in words.</param>
    /// <param name="host">Where.</param>
    internal JsonSink(TcpdumpOptions options, IToolHost host)
    {
        _options = options;
        _host = host;
        _owners = options.ShowsProcess ? new PacketOwners(options.Print.Verbosity > 0 ? host : null) : null;
        PrintOptions print = options.Print with { Time = TimeStyle.None, ShowsNumber = false, Dump = DumpStyle.None };
        _printer = new PacketPrinter(print, new NameResolver(print), new LocalClock(isUtc: true));
        _json = new Utf8JsonWriter(_buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        _headers = new PacketJson(_json, _printer.InterfaceNames);
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
        WriteComments(packet);
        _headers.Write((LinkType)packet.Interface.LinkType, packet.Octets, packet.OriginalLength);

        if (_owners?.Of(packet.Interface.LinkType, packet.Octets) is { } owner)
        {
            _json.WriteStartObject("process"u8);
            _json.WriteNumber("pid"u8, owner.Pid);
            _json.WriteString("name"u8, owner.Name);
            owner.Container.WriteTo(_json, _owners.Containers);
            _json.WriteEndObject();
        }

        _printer.Text.Clear();
        _printer.Names.Captured = packet.Interface.Section?.Names;
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
    public void Keep()
    {
        // It has read them.
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
    public void Dispose()
    {
        _json.Dispose();
        _owners?.Dispose();
    }

    // The first by itself, as most packets have no more; and all of them.
    private void WriteComments(in PacketRecord packet)
    {
        if (packet.Comments is not [var first, ..])
            return;
        _json.WriteString("comment"u8, first);
        _json.WriteStartArray("comments"u8);
        foreach (string comment in packet.Comments)
            _json.WriteStringValue(comment);
        _json.WriteEndArray();
    }

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
}
