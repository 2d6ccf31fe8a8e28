using System.Reflection;
using NetWhy.Analysis.Fields;

namespace NetWhy.Tests.Analysis.Filters;

/// <summary>The catalogue, with fields of every kind whether or not there is a dissector for them.</summary>
internal static class FilterCatalog
{
    // Those of the catalogue win. In Wireshark 4.0, _ws.ftypes has a field of each type.
    private const string More = """
        frame Text protocols
        eth EthernetAddress dst src addr | Unsigned16 type
        ip Ipv4Address src dst addr | Unsigned8 version hdr_len ttl proto | Unsigned16 len id
        ipv6 Ipv6Address src dst addr | Unsigned8 nxt hlim
        udp Unsigned16 srcport dstport port length
        tcp Signed32 window_size_scalefactor
        icmp Unsigned8 type code
        arp Unsigned16 opcode
        http None request response | Text host request.method request.uri user_agent | Unsigned16 response.code
        tls Unsigned24 handshake.length
        dhcp Unsigned8 type
        _ws.ftypes Unsigned24 uint24 | Unsigned64 uint64 | Signed8 int8 | Signed64 int64 | Double double
        """;

    private static readonly Dictionary<ulong, string> ProtocolNames = new() { [1] = "ICMP", [6] = "TCP", [17] = "UDP", [58] = "IPv6-ICMP" };

    /// <summary>The catalogue.</summary>
    internal static FieldCatalog Complete { get; } = Create();

    private static FieldCatalog Create()
    {
        Dictionary<string, FieldGroup> groups = [];
        HashSet<string> names = [];
        foreach (Field field in FieldCatalog.Default.All)
        {
            string protocol = field.Protocol.Name;
            if (field.Protocol == field)
                groups.Add(protocol, new FieldGroup(protocol, field.Label));
            else if (!field.Name.StartsWith(protocol + ".", StringComparison.Ordinal))
                groups[protocol].Unprefixed(field.Name, field.Label);
            else if (names.Add(field.Name))
                Copy(groups[protocol], field);
        }

        foreach (string line in More.Split('\n'))
        {
            string protocol = line[..line.IndexOf(' ')];
            if (!groups.TryGetValue(protocol, out FieldGroup? group))
                groups.Add(protocol, group = new FieldGroup(protocol, protocol));
            foreach (string part in line[protocol.Length..].Split('|'))
            {
                string[] words = part.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                string kind = words[0].TrimEnd("0123456789".ToCharArray());
                bool isSized = kind is "Unsigned" or "Signed";
                foreach (string name in words[1..])
                {
                    if (names.Add($"{protocol}.{name}"))
                        Add(group, name, Enum.Parse<FieldKind>(isSized ? kind : words[0]), isSized ? int.Parse(words[0][kind.Length..]) : 0, NamesOf($"{protocol}.{name}"));
                }
            }
        }

        ConstructorInfo constructor = typeof(FieldCatalog).GetConstructors(BindingFlags.Instance | BindingFlags.NonPublic).Single();
        return (FieldCatalog)constructor.Invoke([groups.Values]);
    }

    private static void Copy(FieldGroup group, Field field)
    {
        string name = field.Name[(group.Protocol.Name.Length + 1)..];
        Field copy = field is { Kind: FieldKind.Protocol, IsLayer: true } ? group.Layer(name, name) : Add(group, name, field.Kind, field.Bits, field.ValueNames ?? NamesOf(field.Name));
        _ = copy.Saying(field.Truths.False, field.Truths.True);
    }

    private static Dictionary<ulong, string>? NamesOf(string field) => field == "ip.proto" ? ProtocolNames : null;

    private static Field Add(FieldGroup group, string name, FieldKind kind, int bits, IReadOnlyDictionary<ulong, string>? names) => kind switch
    {
        FieldKind.None => group.None(name, name),
        FieldKind.Protocol => group.Part(name, name),
        FieldKind.Boolean => group.Boolean(name, name),
        FieldKind.Unsigned => group.Unsigned(name, name, bits, names),
        FieldKind.Signed => group.Signed(name, name, bits, names),
        FieldKind.Double => group.Double(name, name),
        FieldKind.FrameNumber => group.FrameNumber(name, name),
        FieldKind.Time => group.Time(name, name),
        FieldKind.Duration => group.Duration(name, name),
        FieldKind.Text => group.Text(name, name),
        FieldKind.EthernetAddress => group.EthernetAddress(name, name),
        FieldKind.Ipv4Address => group.Ipv4Address(name, name),
        FieldKind.Ipv6Address => group.Ipv6Address(name, name),
        _ => group.Octets(name, name),
    };
}
