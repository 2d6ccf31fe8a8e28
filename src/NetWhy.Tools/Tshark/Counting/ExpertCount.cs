using System.Buffers;
using System.Globalization;
using System.Text;
using NetWhy.Analysis.Fields;

namespace NetWhy.Tools.Tshark.Counting;

/// <summary>Counts what is remarkable, by how grave it is. Sources: tshark(1), -z expert; the texts of Wireshark's analysis of TCP.</summary>
internal sealed class ExpertCount : IShownSink
{
    private const int MostTexts = 1 << 16;

    private static readonly string[] Levels = ["Errors", "Warns", "Notes", "Chats"];

    private static readonly (string Field, int Level, string Text)[] Findings =
    [
        ("tcp.analysis.retransmission", 2, "This frame is a (suspected) retransmission"),
        ("tcp.analysis.fast_retransmission", 2, "This frame is a (suspected) fast retransmission"),
        ("tcp.analysis.spurious_retransmission", 2, "This frame is a (suspected) spurious retransmission"),
        ("tcp.analysis.out_of_order", 1, "This frame is a (suspected) out-of-order segment"),
        ("tcp.analysis.reused_ports", 2, "A new tcp session is started with the same ports as an earlier session in this trace"),
        ("tcp.analysis.lost_segment", 1, "Previous segment(s) not captured (common at capture start)"),
        ("tcp.analysis.ack_lost_segment", 1, "ACKed segment that wasn't captured (common at capture start)"),
        ("tcp.analysis.window_update", 3, "TCP window update"),
        ("tcp.analysis.window_full", 1, "TCP window specified by the receiver is now completely full"),
        ("tcp.analysis.keep_alive", 2, "TCP keep-alive segment"),
        ("tcp.analysis.keep_alive_ack", 2, "ACK to a TCP keep-alive segment"),
        ("tcp.analysis.duplicate_ack_num", 2, "Duplicate ACK (#{0})"),
        ("tcp.analysis.zero_window_probe", 2, "TCP Zero Window Probe"),
        ("tcp.analysis.zero_window", 1, "TCP Zero Window segment"),
        ("tcp.analysis.zero_window_probe_ack", 2, "ACK to a TCP Zero Window Probe"),
        ("tcp.connection.syn", 3, "Connection establish request (SYN): server port {1}"),
        ("tcp.connection.synack", 3, "Connection establish acknowledge (SYN+ACK): server port {0}"),
        ("tcp.connection.fin", 3, "Connection finish (FIN)"),
        ("tcp.connection.fin_active", 2, "This frame initiates the connection closing"),
        ("tcp.connection.fin_passive", 2, "This frame undergoes the connection closing"),
        ("tcp.connection.rst", 1, "Connection reset (RST)"),
        ("tcp.options.sack.dsack", 1, "D-SACK Sequence"),
        ("dns.retransmit_request", 1, "DNS query retransmission. Original request in frame {0}"),
        ("dns.retransmit_response", 1, "DNS response retransmission. Original response in frame {0}"),
    ];

    private readonly int _most;
    private readonly Dictionary<int, (int Level, string Text)> _findings;
    private readonly Dictionary<(int Level, string Protocol, string Text), int> _places = [];
    private readonly List<(int Level, string Protocol, string Text, long Count)> _counts = [];
    private readonly Field _source = FieldCatalog.Default["tcp.srcport"], _destination = FieldCatalog.Default["tcp.dstport"], _duplicate = FieldCatalog.Default["tcp.analysis.duplicate_ack_num"];
    private readonly Field _line = FieldCatalog.Default["http.request.method"], _version = FieldCatalog.Default["http.response.version"];
    private readonly Field _asked = FieldCatalog.Default["dns.retransmit_request_in"], _answered = FieldCatalog.Default["dns.retransmit_response_in"];

    private ExpertCount(int most)
    {
        _most = most;
        _findings = Findings.ToDictionary(finding => FieldCatalog.Default[finding.Field].Index, finding => (finding.Level, finding.Text));
    }

    /// <summary>Reads what the command line says.</summary>
    /// <param name="text">All of it.</param>
    /// <param name="words">Its parts.</param>
    /// <exception cref="ToolException">It makes no sense.</exception>
    internal static IShownSink Parse(string text, string[] words)
    {
        int level = words.Length < 2 ? -1 : Array.IndexOf(["error", "warn", "note", "chat"], words[1].ToLowerInvariant());
        string filter = string.Join(',', words.Skip(level < 0 ? 1 : 2));
        return new FilteredCount(Statistics.FilterOf(text, filter), new ExpertCount(level < 0 ? Levels.Length - 1 : level));
    }

    /// <inheritdoc/>
    public void Want(PacketFields fields)
    {
        fields.Want(FieldCatalog.Default.All.Where(field => _findings.ContainsKey(field.Index)));
        fields.Want([_source, _destination, _line, _version, _asked, _answered]);
    }

    /// <inheritdoc/>
    public void Take(in ShownPacket packet, IBufferWriter<byte> output)
    {
        ulong source = 0;
        ulong destination = 0;
        ulong first = 0;
        foreach (ref readonly FieldValue value in packet.Fields.Values)
        {
            int field = value.FieldIndex;
            if (field == _source.Index)
                source = value.Number;
            else if (field == _destination.Index)
                destination = value.Number;
            else if (field == _asked.Index || field == _answered.Index)
                first = value.Number;
            else if (field == _line.Index || field == _version.Index)
                CountLine(packet.Fields.OctetsFrom(value));
            else if (_findings.TryGetValue(field, out (int Level, string Text) finding) && finding.Level <= _most)
                Count(finding.Level, finding.Text.StartsWith("DNS", StringComparison.Ordinal) ? "DNS" : "TCP", TextOf(finding.Text, field == _duplicate.Index ? value.Number : first != 0 ? first : source, destination));
        }
    }

    /// <inheritdoc/>
    public void End(IBufferWriter<byte> output)
    {
        for (int level = 0; level <= _most; level++)
        {
            int which = level;
            long total = _counts.Where(one => one.Level == which).Sum(one => one.Count);
            if (total == 0)
                continue;
            output.WriteText(string.Create(CultureInfo.InvariantCulture, $"\n{Levels[level]} ({total})\n=============\n   Frequency      Group           Protocol  Summary\n"));
            foreach ((_, string protocol, string text, long count) in _counts.Where(one => one.Level == which))
                output.WriteText(string.Create(CultureInfo.InvariantCulture, $"{count,12} {(protocol is "DNS" ? "Protocol" : "Sequence"),10} {protocol,18}  {text}\n"));
        }
    }

    private static string TextOf(string text, ulong first, ulong second) =>
        text.Contains('{', StringComparison.Ordinal) ? string.Format(CultureInfo.InvariantCulture, text, first, second) : text;

    // The first line of a message, with its end as C writes it.
    private void CountLine(ReadOnlySpan<byte> message)
    {
        const int LongestLine = 2048;
        if (_most < Levels.Length - 1)
            return;
        int end = message.IndexOf((byte)'\n');
        ReadOnlySpan<byte> line = message[..Math.Min(LongestLine, end < 0 ? message.Length : end + 1)];
        var text = new ArrayBufferWriter<byte>();
        FieldText.WriteText(text, line);
        Count(Levels.Length - 1, "HTTP", Encoding.UTF8.GetString(text.WrittenSpan));
    }

    private void Count(int level, string protocol, string text)
    {
        if (!_places.TryGetValue((level, protocol, text), out int place))
        {
            if (_counts.Count == MostTexts)
                text = "(others)";
            if (!_places.TryGetValue((level, protocol, text), out place))
            {
                place = _counts.Count;
                _places.Add((level, protocol, text), place);
                _counts.Add((level, protocol, text, 0));
            }
        }

        _counts[place] = _counts[place] with { Count = _counts[place].Count + 1 };
    }
}
