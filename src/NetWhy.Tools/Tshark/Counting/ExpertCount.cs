using System.Buffers;
using System.Globalization;
using System.Text;
using NetWhy.Analysis.Fields;

namespace NetWhy.Tools.Tshark.Counting;

/// <summary>Counts what is remarkable, by how grave it is. Source: tshark(1), -z expert.</summary>
internal sealed class ExpertCount : IShownSink
{
    private const int MostTexts = 1 << 16;

    private static readonly string[] Levels = ["Errors", "Warns", "Notes", "Chats"];
    private static readonly Field Type = FieldCatalog.Default["eth.type"], Padding = FieldCatalog.Default["eth.padding_bad"];

    private readonly int _most;
    private readonly Dictionary<(int Level, string Group, string Protocol, string Text), int> _places = [];
    private readonly List<(int Level, string Group, string Protocol, string Text, long Count)> _counts = [];
    private readonly Field _message = FieldCatalog.Default["_ws.expert.message"];

    private ExpertCount(int most) => _most = most;

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
        fields.Want(FieldCatalog.Default.All.Where(field => field.Expertise is not null || field.IsLayer));
        fields.Want(_message);
        fields.Want(Type);
        OwnValues.Want(fields);
    }

    /// <inheritdoc/>
    public void Take(in ShownPacket packet, IBufferWriter<byte> output)
    {
        Field? finding = null; // its message follows it
        Field? reader = null; // the protocol that stumbled, where the finding is no protocol's own
        (int Level, string Group, string Protocol, string Text)? last = null; // of the padding, which tshark looks at when all is read
        bool hasType = false; // whether Ethernet's type led to what it carries: tshark takes that for a protocol
        foreach (ref readonly FieldValue value in OwnValues.Of(packet.Fields))
        {
            Field field = FieldCatalog.Default.All[value.FieldIndex];
            if (field.IsLayer && !IsOfNone(field))
                reader = field;
            hasType |= field == Type;
            if (field.Expertise is not null)
            {
                finding = field;
            }
            else if (field == _message && finding?.Expertise is { } expertise && LevelOf(expertise.Severity) is >= 0 and int level && level <= _most)
            {
                string text = Encoding.UTF8.GetString(packet.Fields.OctetsOf(value));
                if (finding == Padding)
                    last = (level, expertise.Group.ToString(), hasType ? "Ethertype" : NameOf(finding.Protocol), text);
                else
                    Count((level, expertise.Group.ToString(), NameOf(ReaderOf(finding, reader)), text));
            }
        }

        if (last is { } behind)
            Count(behind);
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
            foreach ((_, string group, string protocol, string text, long count) in _counts.Where(one => one.Level == which))
                output.WriteText(string.Create(CultureInfo.InvariantCulture, $"{count,12} {group,10} {protocol,18}  {text}\n"));
        }
    }

    // The place of a severity among those that are counted; -1 for comments, which are no findings.
    private static int LevelOf(Severity severity) => severity switch
    {
        Severity.Error => 0,
        Severity.Warning => 1,
        Severity.Note => 2,
        Severity.Chat => 3,
        _ => -1,
    };

    // What is said of the packet as such, and our own answers.
    private static bool IsOfNone(Field protocol) => protocol.Name.StartsWith("_ws.", StringComparison.Ordinal) || protocol.Name.StartsWith("netwhy.", StringComparison.Ordinal);

    // A header of IPv6 has its fields among those of IPv6.
    private static Field ReaderOf(Field finding, Field? reader)
    {
        bool isReaders = reader is not null && (IsOfNone(finding.Protocol) || finding.Name.StartsWith(reader.Name + ".", StringComparison.Ordinal));
        return isReaders ? reader! : finding.Protocol;
    }

    // Short names, of which most are capitals. Source: tshark -G protocols.
    private static string NameOf(Field protocol) => protocol.Name switch
    {
        "eth" => "Ethernet",
        "frame" => "Frame",
        "ip" => "IPv4",
        "ipv6" => "IPv6",
        "ipv6.hopopts" => "IPv6 Hop-by-Hop",
        "ipv6.dstopts" => "IPv6 Destination",
        "ipv6.routing" => "IPv6 Routing",
        "ipv6.fraghdr" => "IPv6 Fragment",
        "icmpv6" => "ICMPv6",
        "arp" => "ARP/RARP",
        "pppoes" => "PPPoES",
        "udplite" => "UDP-Lite",
        "geneve" => "Geneve",
        "mdns" => "mDNS",
        "websocket" => "WebSocket",
        "ieee8021ad" => "IEEE 802.1AD",
        "null" => "Null",
        "raw" => "Raw",
        "data" => "Data",
        _ => protocol.Name.ToUpperInvariant(),
    };

    private void Count((int Level, string Group, string Protocol, string Text) finding)
    {
        if (!_places.TryGetValue(finding, out int place))
        {
            if (_counts.Count == MostTexts)
                finding.Text = "(others)";
            if (!_places.TryGetValue(finding, out place))
            {
                place = _counts.Count;
                _places.Add(finding, place);
                _counts.Add((finding.Level, finding.Group, finding.Protocol, finding.Text, 0));
            }
        }

        _counts[place] = _counts[place] with { Count = _counts[place].Count + 1 };
    }
}
