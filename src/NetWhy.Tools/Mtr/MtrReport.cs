using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Paths;
using NetWhy.Wire.Tunnels;

namespace NetWhy.Tools.Mtr;

/// <summary>What mtr prints at the end of a run: a table, JSON or lines with commas.</summary>
/// <param name="options">The command line.</param>
/// <param name="target">The host, as it was typed.</param>
/// <param name="names">Names of the hops.</param>
/// <param name="origins">What the registries know of them.</param>
internal sealed class MtrReport(MtrOptions options, string target, HostNames names, MtrOrigins origins)
{
    private const int HostColumn = 33; // of a report that is not wide: longer names are cut
    private const int LongestName = 80;
    private const string Nobody = "???";

    private static readonly JsonWriterOptions AsMtr = new()
    {
        Indented = true,
        IndentSize = 4,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly MtrField[] _fields = [.. options.Fields.Select(letter => MtrField.Find(letter)!)];

    /// <summary>The first line of a report.</summary>
    /// <param name="now">The time, in local time.</param>
    internal static string Start(DateTimeOffset now) =>
        string.Create(CultureInfo.InvariantCulture, $"Start: {now:yyyy-MM-dd'T'HH:mm:ss}{(now.Offset < TimeSpan.Zero ? '-' : '+')}{now.Offset:hhmm}\n");

    /// <summary>The table of a report.</summary>
    /// <param name="hops">The hops.</param>
    internal string Table(IReadOnlyList<RoundsHop> hops)
    {
        int hostWidth = !options.IsWide ? HostColumn
            : Math.Max(Environment.MachineName.Length, hops.Select(hop => Host(hop).Length).DefaultIfEmpty(0).Max());
        var text = new StringBuilder();
        int headWidth = hostWidth;
        if (options is { Origin: { } field, IsWide: true })
        {
            headWidth += MtrOrigins.Width(field);
            hostWidth++;
        }

        AppendLine(text, $"HOST: {Environment.MachineName.PadRight(headWidth)}", _fields.Select(field => (field.Title.PadLeft(field.Width), field.Width)));
        foreach (RoundsHop hop in hops)
        {
            string number = hop.Ttl.ToString(CultureInfo.InvariantCulture).PadLeft(2);
            string host = Host(hop).PadRight(hostWidth);
            AppendLine(
                text,
                options.Origin is { } origin ? $" {number}. {origins.Cell(origin, hop.Node?.Address)}{host}" : $" {number}.|-- {host}",
                _fields.Select(field => (field.Text(hop, options.HasCompatibleJitter), field.Width)));
            AppendOthers(text, hop);
        }

        return text.ToString();
    }

    /// <summary>The lines with commas.</summary>
    /// <param name="hops">The hops.</param>
    /// <param name="now">The time.</param>
    internal string Csv(IReadOnlyList<RoundsHop> hops, DateTimeOffset now)
    {
        var text = new StringBuilder();
        if (hops.Count > 0)
            text.Append("Mtr_Version,Start_Time,Status,Host,Hop,Ip,").Append(options.Origin is 0 ? "Asn," : "").AppendJoin("", _fields.Select(field => $"{field.Title},")).Append('\n');
        foreach (RoundsHop hop in hops)
        {
            text.Append(CultureInfo.InvariantCulture, $"MTR.0.95,{now.ToUnixTimeSeconds()},OK,{Printable.Of(target, isUtf8: true)},{hop.Ttl},{Host(hop)}");
            if (options.Origin is 0)
                text.Append(',').Append(origins.Text(0, hop.Node?.Address));
            foreach (MtrField field in _fields)
                text.Append(',').Append(field.Value(hop, options.HasCompatibleJitter).ToString(field.Decimals == 0 ? "0" : "0.00", CultureInfo.InvariantCulture));
            text.Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The report as JSON, with what is to be said of it in a member of its own.</summary>
    /// <param name="hops">The hops.</param>
    /// <param name="statements">What is to be said.</param>
    internal ReadOnlyMemory<byte> Json(IReadOnlyList<RoundsHop> hops, IReadOnlyList<Statement> statements)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, AsMtr))
        {
            json.WriteStartObject();
            json.WriteString("schema", "netwhy.mtr/1");
            json.WriteStartObject("report");
            WriteHead(json);
            json.WriteStartArray("hubs");
            foreach (RoundsHop hop in hops)
                WriteHop(json, hop);
            json.WriteEndArray();
            json.WriteEndObject();
            StatementOutput.WriteJson(json, "statements", statements);
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenMemory;
    }

    private void WriteHead(Utf8JsonWriter json)
    {
        json.WriteStartObject("mtr");
        json.WriteString("src", Environment.MachineName);
        json.WriteString("dst", target);
        json.WriteNumber("tos", options.Tos);
        json.WriteNumber("tests", options.Cycles ?? 0);
        json.WriteString("psize", options.SizeText);
        json.WriteString("bitpattern", options.FillText);
        json.WriteEndObject();
    }

    private void WriteHop(Utf8JsonWriter json, RoundsHop hop)
    {
        json.WriteStartObject();
        json.WriteNumber("count", hop.Ttl);
        json.WriteString("host", Host(hop));
        if (options.Origin is 0)
            json.WriteString("ASN", origins.Text(0, hop.Node?.Address));
        foreach (MtrField field in _fields.Where(field => field.Letter != ' '))
        {
            double value = field.Value(hop, options.HasCompatibleJitter);
            json.WritePropertyName(field.Title);
            if (field.Decimals == 0)
                json.WriteNumberValue((int)value);
            else
                json.WriteRawValue(value.ToString(value == Math.Truncate(value) ? "0.0" : "R", CultureInfo.InvariantCulture)); // a real number, as mtr's
        }

        json.WriteEndObject();
    }

    /// <summary>The host of a hop as a table shows it.</summary>
    /// <param name="hop">The hop.</param>
    internal string Host(RoundsHop hop) => hop.Node is { } node ? Host(node.Address) : Nobody;

    /// <summary>A host as a table shows it.</summary>
    /// <param name="address">Its address.</param>
    internal string Host(IPAddress address)
    {
        string? name = options.IsNumeric ? null : names.Of(address);
        string shown = name is null ? ZonedAddress.Text(address) : options.ShowsAddresses ? $"{name} ({ZonedAddress.Text(address)})" : name;
        shown = Printable.Of(shown, isUtf8: true);
        return shown.Length > LongestName ? shown[..LongestName] : shown;
    }

    /// <summary>A label as mtr shows it.</summary>
    /// <param name="label">The label.</param>
    internal static string Text(MplsLabel label) => string.Create(
        CultureInfo.InvariantCulture, $"[MPLS: Lbl {label.Label} Exp {label.TrafficClass} S {(label.IsBottom ? 1 : 0)} TTL {label.TimeToLive}]");

    // Further addresses and labels stand below a hop only beside numbers of autonomous systems, as in mtr.
    private void AppendOthers(StringBuilder text, RoundsHop hop)
    {
        if (options.Origin is { } origin)
        {
            foreach (RowNode node in hop.Nodes.Skip(1).DistinctBy(node => node.Address).Where(node => !node.Address.Equals(hop.Nodes[0].Address)))
                text.Append(CultureInfo.InvariantCulture, $"     {origins.Cell(origin, node.Address)}{Host(node.Address)}\n");
        }

        if (options.ShowsLabels)
        {
            foreach (MplsLabel label in hop.Labels)
                text.Append(CultureInfo.InvariantCulture, $"       {Text(label)}\n");
        }
    }

    // A number that is too wide for its column is written over by the next one: 100.0% loses its sign, as in mtr.
    private void AppendLine(StringBuilder text, string head, IEnumerable<(string Text, int Width)> cells)
    {
        string line = options.IsWide ? head : head.PadRight(HostColumn)[..HostColumn];
        int at = line.Length;
        foreach ((string cell, int width) in cells)
        {
            line = line.PadRight(at)[..at] + cell;
            at += width;
        }

        text.Append(line).Append('\n');
    }
}
