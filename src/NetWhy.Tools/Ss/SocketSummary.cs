using System.Globalization;
using System.Text;
using System.Text.Json;

namespace NetWhy.Tools.Ss;

/// <summary>Counts of sockets, from the kernel's own counters: <c>ss -s</c>.</summary>
/// <remarks>
/// No socket is listed for it, so it costs the same however many there are. Source: /proc/net/sockstat, sockstat6 and snmp,
/// proc_net(5).
/// </remarks>
internal sealed class SocketSummary
{
    private readonly Dictionary<(string Line, string Name), long> _numbers = [];

    private SocketSummary()
    {
    }

    /// <summary>Reads the counters.</summary>
    /// <exception cref="ToolException">There is no /proc.</exception>
    public static SocketSummary Read()
    {
        var summary = new SocketSummary();
        try
        {
            summary.ReadPairs("/proc/net/sockstat");
            if (File.Exists("/proc/net/sockstat6")) // absent without IPv6
                summary.ReadPairs("/proc/net/sockstat6");
            summary.ReadColumns("/proc/net/snmp");
        }
        catch (Exception unseen) when (unseen is IOException or UnauthorizedAccessException)
        {
            throw new ToolException(ToolException.CouldNotWork, $"the counters of sockets cannot be read: {unseen.Message}");
        }

        return summary;
    }

    /// <summary>Writes them as ss does.</summary>
    /// <param name="output">Where to write.</param>
    public void WriteText(Stream output)
    {
        (long raw, long raw6) = (Number("RAW", "inuse"), Number("RAW6", "inuse"));
        (long udp, long udp6) = (Number("UDP", "inuse"), Number("UDP6", "inuse"));
        (long tcp, long tcp6) = (Number("TCP", "inuse"), Number("TCP6", "inuse"));
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"Total: {Number("sockets", "used")}\n");
        text.Append(CultureInfo.InvariantCulture, $"TCP:   {Total} (estab {Number("Tcp", "CurrEstab")}, closed {Closed}, orphaned {Number("TCP", "orphan")}, timewait {TimeWait})\n\n");
        text.Append("Transport Total     IP        IPv6\n");
        Row("RAW", raw, raw6);
        Row("UDP", udp, udp6);
        Row("TCP", tcp, tcp6);
        Row("INET", raw + udp + tcp, raw6 + udp6 + tcp6);
        Row("FRAG", Number("FRAG", "inuse"), Number("FRAG6", "inuse"));
        text.Append('\n');
        output.Write(Encoding.ASCII.GetBytes(text.ToString()));

        void Row(string name, long ip, long ip6) =>
            text.Append(CultureInfo.InvariantCulture, $"{name}\t  {ip + ip6,-9} {ip,-9} {ip6,-9}\n");
    }

    /// <summary>Writes them as JSON.</summary>
    /// <param name="output">Where to write.</param>
    public void WriteJson(Stream output)
    {
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("schema", "netwhy.socket-summary/1");
            json.WriteNumber("total", Number("sockets", "used"));
            json.WriteStartObject("tcp");
            json.WriteNumber("total", Total);
            json.WriteNumber("established", Number("Tcp", "CurrEstab"));
            json.WriteNumber("closed", Closed);
            json.WriteNumber("orphaned", Number("TCP", "orphan"));
            json.WriteNumber("timeWait", TimeWait);
            json.WriteNumber("memoryPages", Number("TCP", "mem"));
            json.WriteEndObject();
            foreach (string transport in (ReadOnlySpan<string>)["RAW", "UDP", "TCP", "FRAG"])
            {
                json.WriteStartObject(transport.ToLowerInvariant() + "InUse");
                json.WriteNumber("ipv4", Number(transport, "inuse"));
                json.WriteNumber("ipv6", Number(transport + "6", "inuse"));
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    private long TimeWait => Number("TCP", "tw");

    private long Total => Number("TCP", "alloc") + TimeWait;

    private long Closed => Number("TCP", "alloc") - (Number("TCP", "inuse") + Number("TCP6", "inuse") - TimeWait);

    private long Number(string line, string name) => _numbers.GetValueOrDefault((line, name));

    // "TCP: inuse 5 orphan 0 tw 1 alloc 7 mem 1"
    private void ReadPairs(string path)
    {
        foreach (string line in File.ReadLines(path))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            for (int i = 1; i + 1 < words.Length; i += 2)
                Add(words[0], words[i], words[i + 1]);
        }
    }

    // Pairs of lines: the names, then the numbers.
    private void ReadColumns(string path)
    {
        string[]? names = null;
        foreach (string line in File.ReadLines(path))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (names is null || names[0] != words[0])
            {
                names = words;
                continue;
            }

            for (int i = 1; i < Math.Min(names.Length, words.Length); i++)
                Add(words[0], names[i], words[i]);
            names = null;
        }
    }

    private void Add(string line, string name, string number)
    {
        if (long.TryParse(number, CultureInfo.InvariantCulture, out long value))
            _numbers[(line.TrimEnd(':'), name)] = value;
    }
}
