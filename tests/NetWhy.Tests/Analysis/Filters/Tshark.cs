using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Xml;
using NetWhy.Analysis.Fields;
using NetWhy.Capture.Files;
using Xunit;

namespace NetWhy.Tests.Analysis.Filters;

/// <summary>Wireshark 4.0, whose display filters are the measure: tshark tells the fields of packets, sharkd what filters mean.</summary>
internal static class Tshark
{
    private const string Version = "4.0.";

    private static readonly string? Missing = Look();

    /// <summary>Skips the test if it is not installed.</summary>
    internal static void SkipIfAbsent() => Assert.SkipUnless(Missing is null, Missing ?? "");

    /// <summary>What Wireshark says of filters.</summary>
    /// <param name="capture">A capture.</param>
    /// <param name="filters">The filters.</param>
    /// <returns>For each filter the packets that pass; null if it is rejected, and left out if Wireshark died of it.</returns>
    internal static Dictionary<string, IReadOnlyList<int>?> Verdicts(string capture, IReadOnlyList<string> filters)
    {
        Dictionary<string, IReadOnlyList<int>?> verdicts = [];
        int first = 0;
        while (first < filters.Count)
        {
            var request = new StringBuilder();
            request.AppendLine(Request(1, "load", "file", capture));
            for (int i = first; i < filters.Count; i++)
                request.AppendLine(Request((2 * i) + 2, "check", "filter", filters[i])).AppendLine(Request((2 * i) + 3, "frames", "filter", filters[i]));
            first = Collect(Run("sharkd", ["-"], request.ToString()), filters, first, verdicts);
        }

        return verdicts;
    }

    /// <summary>Fills the fields of each packet of a capture with what tshark found.</summary>
    /// <param name="capture">The capture.</param>
    /// <param name="catalog">The fields; all that tshark tells of are filled.</param>
    internal static IReadOnlyList<(byte[] Octets, PacketFields Fields)> Packets(string capture, FieldCatalog catalog)
    {
        List<(byte[] Octets, PacketFields Fields)> packets = [];
        using (FileStream file = File.OpenRead(capture))
        using (CaptureReader reader = CaptureReader.Open(file))
        {
            while (reader.Read(out PacketRecord packet))
                packets.Add((packet.Octets.ToArray(), new PacketFields(catalog)));
        }

        using var xml = XmlReader.Create(new StringReader(Run("tshark", ["-r", capture, "-T", "pdml"], "", zone: "UTC0")));
        int at = -1;
        while (xml.Read())
        {
            if (xml.NodeType != XmlNodeType.Element)
                continue;
            if (xml.Name == "packet")
            {
                packets[++at].Fields.WantAll();
                AddFrame(packets[at].Octets, packets[at].Fields);
            }
            else if (xml.Name is "proto" or "field" && catalog.Find(xml.GetAttribute("name") ?? "") is { } field && field.Name != "frame")
            {
                Add(packets[at].Fields, field, xml, packets[at].Octets.Length);
            }
        }

        return packets;
    }

    private static void AddFrame(byte[] octets, PacketFields fields) => fields.AddOctets(fields.Catalog.Find("frame")!, 0, octets.Length);

    private static void Add(PacketFields fields, Field field, XmlReader xml, int length)
    {
        string show = xml.GetAttribute("show") ?? "";
        string value = xml.GetAttribute("value") ?? "";
        int position = int.Parse(xml.GetAttribute("pos") ?? "0", CultureInfo.InvariantCulture);
        int size = int.Parse(xml.GetAttribute("size") ?? "0", CultureInfo.InvariantCulture);
        switch (field.Kind)
        {
            case FieldKind.Protocol:
                // What tshark shows of TCP is the header; its value has the data too.
                fields.AddOctets(field, position, field.Name == "tcp" ? length - position : size);
                break;
            case FieldKind.None:
                fields.Add(field, 0, position, size);
                break;
            case FieldKind.Time:
                fields.Add(field, (ulong)Nanoseconds(DateTime.ParseExact(show[..^14].Replace("  ", " "), "MMM d, yyyy HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal), show.Substring(show.Length - 13, 9)), position, size);
                break;
            case FieldKind.Duration:
                fields.Add(field, (ulong)(long)(decimal.Parse(show, CultureInfo.InvariantCulture) * 1_000_000_000), position, size);
                break;
            case FieldKind.Double:
                fields.Add(field, BitConverter.DoubleToUInt64Bits(double.Parse(show, CultureInfo.InvariantCulture)), position, size);
                break;
            case FieldKind.Text:
                fields.AddMade(field, Encoding.UTF8.GetBytes(show));
                break;
            case FieldKind.Octets or FieldKind.EthernetAddress or FieldKind.Ipv6Address:
                fields.AddMade(field, Convert.FromHexString(value));
                break;
            case FieldKind.Ipv4Address:
                fields.Add(field, Convert.ToUInt32(value, 16), position, size);
                break;
            default:
                fields.Add(field, Integer(show), position, size);
                break;
        }
    }

    private static long Nanoseconds(DateTime time, string fraction) =>
        ((time - DateTime.UnixEpoch).Ticks * 100) + long.Parse(fraction, CultureInfo.InvariantCulture);

    private static ulong Integer(string show) => show.StartsWith("0x", StringComparison.Ordinal)
        ? Convert.ToUInt64(show, 16)
        : (ulong)long.Parse(show, CultureInfo.InvariantCulture);

    private static string Request(int id, string method, string parameter, string value)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("jsonrpc", "2.0");
            writer.WriteNumber("id", id);
            writer.WriteString("method", method);
            writer.WriteStartObject("params");
            writer.WriteString(parameter, value);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    // Answers the first filter that has no verdict yet.
    private static int Collect(string output, IReadOnlyList<string> filters, int first, Dictionary<string, IReadOnlyList<int>?> verdicts)
    {
        Dictionary<int, JsonElement> answers = [];
        foreach (string line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!line.StartsWith('{'))
                continue;
            JsonElement answer = JsonDocument.Parse(line).RootElement;
            if (answer.TryGetProperty("id", out JsonElement id))
                answers[id.GetInt32()] = answer;
        }

        Assert.True(answers.ContainsKey(1), $"sharkd did not load the capture: {output}");
        for (int i = first; i < filters.Count; i++)
        {
            if (!answers.TryGetValue((2 * i) + 2, out JsonElement check) || (check.TryGetProperty("result", out _) && !answers.ContainsKey((2 * i) + 3)))
                return i + 1;
            verdicts[filters[i]] = check.TryGetProperty("result", out _)
                ? [.. answers[(2 * i) + 3].GetProperty("result").EnumerateArray().Select(frame => frame.GetProperty("num").GetInt32())]
                : null;
        }

        return filters.Count;
    }

    private static string Run(string program, IReadOnlyList<string> arguments, string input, string? zone = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = Encoding.UTF8,
        };
        if (zone is not null)
            start.Environment["TZ"] = zone;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        try
        {
            process.StandardInput.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // it died of a filter
        }

        process.WaitForExit();
        _ = errors.Result;
        return output.Result;
    }

    private static string? Look()
    {
        foreach (string program in new[] { "tshark", "sharkd" })
        {
            try
            {
                string version = Run(program, ["--version"], "");
                if (!version.Contains(Version, StringComparison.Ordinal))
                    return $"{program} is of another version than {Version}x, and means other things by filters";
            }
            catch (System.ComponentModel.Win32Exception)
            {
                return $"{program} is not installed";
            }
        }

        return null;
    }
}
