using System.Globalization;
using System.Net;
using NetWhy.Linux;

namespace NetWhy.Tools.Ss;

/// <summary>Names of ports, protocols, interfaces and cgroups, each looked up once.</summary>
internal sealed class NameTables
{
    // Source: linux/if_ether.h; the names are those that the tools of iproute2 print.
    private static readonly Dictionary<int, string> EtherTypes = new()
    {
        [0x0001] = "802_3",
        [0x0002] = "ax25",
        [0x0003] = "all",
        [0x0004] = "802_2",
        [0x0005] = "snap",
        [0x0006] = "ddcmp",
        [0x0007] = "wan_ppp",
        [0x0008] = "ppp_mp",
        [0x0009] = "localtalk",
        [0x000c] = "can",
        [0x0010] = "ppptalk",
        [0x0011] = "tr_802_2",
        [0x0015] = "mobitex",
        [0x0016] = "control",
        [0x0017] = "irda",
        [0x0018] = "econet",
        [0x0060] = "loop",
        [0x0200] = "pup",
        [0x0201] = "pupat",
        [0x0800] = "ip",
        [0x0805] = "x25",
        [0x0806] = "arp",
        [0x08ff] = "bpq",
        [0x0a00] = "ieeepup",
        [0x0a01] = "ieeepupat",
        [0x6000] = "dec",
        [0x6001] = "dna_dl",
        [0x6002] = "dna_rc",
        [0x6003] = "dna_rt",
        [0x6004] = "lat",
        [0x6005] = "diag",
        [0x6006] = "cust",
        [0x6007] = "sca",
        [0x6558] = "teb",
        [0x8035] = "rarp",
        [0x809b] = "atalk",
        [0x80f3] = "aarp",
        [0x8100] = "802.1Q",
        [0x8137] = "ipx",
        [0x86dd] = "ipv6",
        [0x8847] = "mpls_uc",
        [0x8848] = "mpls_mc",
        [0x884c] = "atmmpoa",
        [0x8863] = "ppp_disc",
        [0x8864] = "ppp_ses",
        [0x8884] = "atmfate",
        [0x8892] = "profinet",
        [0x88a2] = "aoe",
        [0x88a8] = "802.1ad",
        [0x88ca] = "tipc",
    };

    // Source: linux/netlink.h; the names are those that the tools of iproute2 print.
    private static readonly Dictionary<int, string> NetlinkProtocols = new()
    {
        [0] = "rtnl",
        [1] = "unused",
        [2] = "usersock",
        [3] = "fw",
        [4] = "tcpdiag",
        [5] = "nflog",
        [6] = "xfrm",
        [7] = "selinux",
        [8] = "iscsi",
        [9] = "audit",
        [10] = "fiblookup",
        [11] = "connector",
        [12] = "nft",
        [13] = "ip6fw",
        [14] = "dec-rt",
        [15] = "uevent",
        [16] = "genl",
        [18] = "scsi-trans",
        [19] = "ecryptfs",
        [20] = "rdma",
        [21] = "crypto",
    };

    private const int MostHosts = 100_000;

    private readonly Dictionary<uint, string> _interfaces = [];
    private readonly Dictionary<IPAddress, string?> _hosts = [];
    private ServiceNames? _services;
    private Dictionary<int, string>? _etherTypes;
    private (int First, int Last)? _ephemeralPorts;
    private CgroupTable? _cgroups;

    /// <summary>Whether ports are shown as numbers.</summary>
    public bool IsNumeric { get; init; }

    /// <summary>Whether names of hosts are asked for.</summary>
    public bool ResolvesHosts { get; init; }

    /// <summary>Paths of cgroups.</summary>
    public CgroupTable Cgroups => _cgroups ??= CgroupTable.Read();

    /// <summary>What runtimes call their containers.</summary>
    public ContainerNames Containers { get; } = new();

    /// <summary>Range of the ports that the kernel chooses.</summary>
    public (int First, int Last) EphemeralPorts => _ephemeralPorts ??= ReadEphemeralPorts();

    private ServiceNames Services => _services ??= ServiceNames.Read();

    /// <summary>Name of a service; null if it has none or if numbers are wanted.</summary>
    /// <param name="port">Its port. Ports that the kernel chooses have no name: they were never that service.</param>
    /// <param name="protocol">Its protocol, such as <c>tcp</c>.</param>
    public string? Service(int port, string protocol) =>
        IsNumeric || port == 0 || (port >= EphemeralPorts.First && port <= EphemeralPorts.Last)
            ? null
            : Services.Of(port, protocol);

    /// <summary>Port of a number or of a service; null if there is none.</summary>
    /// <param name="text">The number or the name.</param>
    /// <param name="tables">What is shown: UDP or TCP.</param>
    public long? Port(string text, SocketTables tables)
    {
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number))
            return number;
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
            return long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number) ? number : null;
        IEnumerable<string> protocols = [.. tables.HasFlag(SocketTables.Udp) ? ["udp"] : Array.Empty<string>(), .. tables.HasFlag(SocketTables.Tcp) ? ["tcp"] : Array.Empty<string>()];
        int[] ports = [.. protocols.SelectMany(protocol => Services.PortsOf(text, protocol)).Distinct()];
        return ports.Length == 1 ? ports[0] : null;
    }

    /// <summary>Name of an interface, or what stands for one that is gone.</summary>
    /// <param name="index">Its number.</param>
    public string Interface(uint index)
    {
        if (_interfaces.TryGetValue(index, out string? name))
            return name;
        return _interfaces[index] = InterfaceIndex.NameOf((int)index) ?? string.Create(CultureInfo.InvariantCulture, $"if{index}");
    }

    /// <summary>Name of a host; null if it has none or if names are not wanted.</summary>
    /// <param name="address">Its address.</param>
    public string? Host(IPAddress address)
    {
        if (!ResolvesHosts || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
            return null;
        if (_hosts.TryGetValue(address, out string? name))
            return name;
        if (_hosts.Count >= MostHosts)
            _hosts.Clear(); // of a watch that runs for days
        return _hosts[address] = SystemNames.OfAddress(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);
    }

    /// <summary>Name of a protocol inside IP, or what iproute2 prints for one without a name.</summary>
    /// <param name="protocol">The protocol.</param>
    public string IPProtocol(int protocol) =>
        Services.Protocol(protocol)
            ?? string.Create(CultureInfo.InvariantCulture, $"ipproto-{protocol}");

    /// <summary>Name of an EtherType; null if it has none or if numbers are wanted.</summary>
    /// <param name="type">The type.</param>
    public string? EtherType(int type) => IsNumeric ? null
        : EtherTypes.GetValueOrDefault(type) ?? (_etherTypes ??= ReadEtherTypes("/etc/ethertypes")).GetValueOrDefault(type);

    /// <summary>An EtherType by its name; null if there is none.</summary>
    /// <param name="name">The name.</param>
    public static long? EtherType(string name) => EtherTypes.FirstOrDefault(one => one.Value == name) is { Value: not null } found ? found.Key : null;

    /// <summary>Name of a netlink protocol; null if it has none or if numbers are wanted.</summary>
    /// <param name="protocol">The protocol.</param>
    public string? NetlinkProtocol(int protocol) => IsNumeric ? null : NetlinkProtocols.GetValueOrDefault(protocol);

    /// <summary>A netlink protocol by its name; null if there is none.</summary>
    /// <param name="name">The name.</param>
    public static long? NetlinkProtocol(string name) =>
        NetlinkProtocols.FirstOrDefault(one => one.Value == name) is { Value: not null } found ? found.Key : null;

    private static (int First, int Last) ReadEphemeralPorts()
    {
        string[] words = ReadLines("/proc/sys/net/ipv4/ip_local_port_range").FirstOrDefault()?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) ?? [];
        return words is [var first, var last]
            && int.TryParse(first, CultureInfo.InvariantCulture, out int from)
            && int.TryParse(last, CultureInfo.InvariantCulture, out int to)
                ? (from, to)
                : (32768, 60999); // the kernel's default
    }

    // Source: ethertypes(5): name, number in hexadecimal, aliases.
    private static Dictionary<int, string> ReadEtherTypes(string path)
    {
        var types = new Dictionary<int, string>();
        foreach (string[] words in ServiceNames.Words(path))
        {
            if (words is [var name, var number, ..] && int.TryParse(number, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int type))
                types.TryAdd(type, name);
        }

        return types;
    }

    private static string[] ReadLines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception missing) when (missing is IOException or UnauthorizedAccessException)
        {
            return []; // numbers are shown instead
        }
    }
}
