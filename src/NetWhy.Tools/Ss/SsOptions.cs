using System.Globalization;
using NetWhy.Linux;

namespace NetWhy.Tools.Ss;

/// <summary>What a command line of ss asks for.</summary>
internal sealed record SsOptions
{
    private static readonly Getopt Getopt = new("ss",
    [
        new('h', "help"), new('V', "version"), new('v', "verbose"),
        new('n', "numeric"), new('r', "resolve"), new('a', "all"), new('l', "listening"), new('B', "bound-inactive"),
        new('o', "options"), new('e', "extended"), new('m', "memory"), new('p', "processes"),
        new('i', "info"), new('s', "summary"), new('\0', "tos"), new('\0', "cgroup"), new('b', "bpf"), new('E', "events"),
        new('N', "net", TakesValue: true), new('\0', "pid", TakesValue: true),
        new('4', "ipv4"), new('6', "ipv6"), new('0', "packet"), new('t', "tcp"), new('M', "mptcp"), new('S', "sctp"),
        new('u', "udp"), new('d', "dccp"), new('w', "raw"), new('x', "unix"), new('\0', "vsock"),
        new('f', "family", TakesValue: true), new('A', "query", TakesValue: true), new('\0', "socket", TakesValue: true),
        new('F', "filter", TakesValue: true), new('K', "kill"), new('H', "no-header"), new('O', "oneline"),
        new('\0', "inet-sockopt"),
        new('\0', "json"), new('\0', "by", TakesValue: true), new('\0', "watch"), new('\0', "interval", TakesValue: true),
    ]);

    /// <summary>Tables, families and states.</summary>
    public SocketSelection Selection { get; } = new();

    /// <summary>Numbers instead of names of services.</summary>
    public bool IsNumeric { get; private set; }

    /// <summary>Names of hosts.</summary>
    public bool ResolvesHosts { get; private set; }

    /// <summary>Timers.</summary>
    public bool HasTimers { get; private set; }

    /// <summary>Owner, inode, cookie and more.</summary>
    public bool HasDetails { get; private set; }

    /// <summary>Memory.</summary>
    public bool HasMemory { get; private set; }

    /// <summary>Processes.</summary>
    public bool HasProcesses { get; private set; }

    /// <summary>What TCP knows.</summary>
    public bool HasTcpInfo { get; private set; }

    /// <summary>Type of service and priority.</summary>
    public bool HasTypeOfService { get; private set; }

    /// <summary>Cgroups.</summary>
    public bool HasCgroup { get; private set; }

    /// <summary>Filters of packet sockets.</summary>
    public bool HasBpf { get; private set; }

    /// <summary>Options of the socket.</summary>
    public bool HasSocketOptions { get; private set; }

    /// <summary>Only counts.</summary>
    public bool IsSummary { get; private set; }

    /// <summary>Sockets as they end.</summary>
    public bool FollowsEvents { get; private set; }

    /// <summary>Close what is shown.</summary>
    public bool Kills { get; private set; }

    /// <summary>Whether the headers are left out.</summary>
    public bool HasNoHeader { get; private set; }

    /// <summary>All of a socket on one line.</summary>
    public bool IsOneLine { get; private set; }

    /// <summary>As JSON.</summary>
    public bool IsJson { get; private set; }

    /// <summary>What to count by; null to list.</summary>
    public string? CountsBy { get; private set; }

    /// <summary>Again and again.</summary>
    public bool Watches { get; private set; }

    /// <summary>Time between two looks.</summary>
    public TimeSpan Interval { get; private set; } = TimeSpan.FromSeconds(1);

    /// <summary>Say how things were found out.</summary>
    public bool IsVerbose { get; private set; }

    /// <summary>The version is asked for.</summary>
    public bool ShowsVersion { get; private set; }

    /// <summary>Help is asked for.</summary>
    public bool ShowsHelp { get; private set; }

    /// <summary>Network namespace to look into: a name or a path; null for this one.</summary>
    public string? Namespace { get; private set; }

    /// <summary>Whether states are named by word, and not only by an option.</summary>
    public bool NamesStates { get; private set; }

    /// <summary>The words of the filter, after its states.</summary>
    public IReadOnlyList<string> Filter { get; private set; } = [];

    /// <summary>Reads a command line.</summary>
    /// <param name="arguments">The words.</param>
    /// <exception cref="ToolException">It makes no sense.</exception>
    public static SsOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new SsOptions();
        bool sawQuery = false;
        string? filterFile = null;
        IReadOnlyList<string> operands = Getopt.Parse(arguments, (option, value) => options.Take(option, value, ref sawQuery, ref filterFile));
        if (options.ShowsHelp || options.ShowsVersion)
            return options;
        options.RefuseContradictions();
        int at = options.TakeStates(operands);
        IEnumerable<string> filter = operands.Skip(at);
        if (filterFile is not null)
            filter = filter.Concat([ReadFilter(filterFile)]);
        options.Filter = [.. filter];
        return options;
    }

    private void RefuseContradictions()
    {
        if (Kills && (FollowsEvents || Watches || CountsBy is not null))
            throw new ToolException(ToolException.WrongUsage, "-K goes with neither -E nor --watch nor --by");
        if ((FollowsEvents || Watches) && (IsJson || CountsBy is not null))
            throw new ToolException(ToolException.WrongUsage, "-E and --watch show lines as they come: --json and --by go with neither");
        if (IsSummary && IsJson && !Selection.IsDefault)
            throw new ToolException(ToolException.WrongUsage, "-s and a list would be two JSON documents: ask for one at a time");
    }

    private static string ReadFilter(string path)
    {
        const int LongestFilter = 1 << 20;
        try
        {
            using Stream file = path is "-" ? Console.OpenStandardInput() : File.OpenRead(path);
            using var reader = new StreamReader(file);
            char[] text = new char[LongestFilter + 1];
            int length = reader.ReadBlock(text, 0, text.Length);
            return length <= LongestFilter ? string.Join('\n', new string(text, 0, length).Split('\n').Select(line => line.Split('#')[0]))
                : throw new ToolException(ToolException.WrongUsage, $"the filter in {path} is longer than 1 MiB");
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new ToolException(ToolException.CouldNotWork, $"the filter in '{path}' cannot be read: {FileProblem.Of(path, refusal)}");
        }
    }

    private int TakeStates(IReadOnlyList<string> operands)
    {
        bool sawStates = false;
        int at = 0;
        while (at < operands.Count && operands[at] is "state" or "exclude" or "excl")
        {
            bool isExcluded = operands[at] is not "state";
            if (at + 1 == operands.Count)
                throw new ToolException(ToolException.WrongUsage, $"a state is missing after '{operands[at]}'");
            uint states = SocketSelection.StatesOf(operands[at + 1]);
            if (states == 0)
            {
                throw new ToolException(
                    ToolException.WrongUsage,
                    $"wrong state name: {operands[at + 1]}; established, syn-sent, syn-recv, fin-wait-1, fin-wait-2, time-wait, closed, close-wait, last-ack, listening, closing, bound-inactive, all, connected, synchronized, bucket and big are known");
            }

            if (!sawStates)
                Selection.WantedStates = isExcluded ? SocketSelection.EveryState : 0;
            Selection.WantedStates = isExcluded ? Selection.WantedStates & ~states : Selection.WantedStates | states;
            sawStates = true;
            NamesStates = true;
            at += 2;
        }

        if (sawStates && Selection.WantedStates == 0)
            throw new ToolException(ToolException.WrongUsage, "no socket states to show with such filter");
        return at;
    }

    private void Take(GetoptOption option, string? value, ref bool sawQuery, ref string? filterFile)
    {
        switch (option.Long)
        {
            case "help": ShowsHelp = true; break;
            case "version": ShowsVersion = true; break;
            case "verbose": IsVerbose = true; break;
            case "numeric": IsNumeric = true; break;
            case "resolve": ResolvesHosts = true; break;
            case "all": Selection.WantedStates = SocketSelection.EveryState; break;
            case "listening": Selection.WantedStates = SocketSelection.Listeners; break;
            case "bound-inactive": Selection.WantedStates = SocketSelection.BoundInactive; break;
            case "options": HasTimers = true; break;
            case "extended": HasTimers = HasDetails = true; break;
            case "memory": HasMemory = true; break;
            case "processes": HasProcesses = true; break;
            case "info": HasTcpInfo = true; break;
            case "summary": IsSummary = true; break;
            case "tos": HasTypeOfService = true; break;
            case "cgroup": HasCgroup = true; break;
            case "bpf": HasTimers = HasBpf = true; break;
            case "events": FollowsEvents = true; break;
            case "net": Namespace = value; break;
            case "pid":
                Namespace = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int pid) && pid > 0
                    ? NetworkNamespace.PathOf(pid)
                    : throw new ToolException(ToolException.WrongUsage, $"--pid: '{value}' is no number of a process");
                break;
            case "ipv4": Selection.Add(SocketFamilies.IPv4); break;
            case "ipv6": Selection.Add(SocketFamilies.IPv6); break;
            case "packet": Selection.Add(SocketFamilies.Packet); break;
            case "tcp": Selection.Add(SocketTables.Tcp); break;
            case "mptcp": Selection.Add(SocketTables.Mptcp); break;
            case "sctp": Selection.Add(SocketTables.Sctp); break;
            case "udp": Selection.Add(SocketTables.Udp); break;
            case "dccp": Selection.Add(SocketTables.Dccp); break;
            case "raw": Selection.Add(SocketTables.Raw); break;
            case "unix": Selection.Add(SocketFamilies.Unix); break;
            case "vsock": Selection.Add(SocketFamilies.Vsock); break;
            case "family": Selection.Add(Family(value!)); break;
            case "query" or "socket":
                if (Selection.Add(value!, isFirst: !sawQuery) is { } unknown)
                    throw new ToolException(ToolException.WrongUsage, $"\"{unknown}\" is illegal socket table id; all, inet, tcp, mptcp, udp, raw, unix, packet, netlink, dccp, sctp and vsock are known");
                sawQuery = true;
                break;
            case "filter":
                if (filterFile is not null)
                    throw new ToolException(ToolException.WrongUsage, "more than one filter file");
                filterFile = value;
                break;
            case "kill": Kills = true; break;
            case "no-header": HasNoHeader = true; break;
            case "oneline": IsOneLine = true; break;
            case "inet-sockopt": HasSocketOptions = true; break;
            case "json": IsJson = true; break;
            case "by": CountsBy = Grouping(value!); break;
            case "watch": Watches = true; break;
            case "interval": Interval = Seconds(value!); break;
        }
    }

    private static SocketFamilies Family(string name) => name switch
    {
        "inet" => SocketFamilies.IPv4,
        "inet6" => SocketFamilies.IPv6,
        "link" => SocketFamilies.Packet,
        "unix" => SocketFamilies.Unix,
        "netlink" => SocketFamilies.Netlink,
        "vsock" => SocketFamilies.Vsock,
        _ => throw new ToolException(ToolException.WrongUsage, $"\"{name}\" is invalid family; inet, inet6, link, unix, netlink and vsock are known"),
    };

    private static string Grouping(string name) => name is "state" or "process" or "peer" or "port" or "cgroup" ? name
        : throw new ToolException(ToolException.WrongUsage, $"sockets cannot be counted by '{name}': state, process, peer, port and cgroup are known");

    private static TimeSpan Seconds(string text) =>
        double.TryParse(text.TrimEnd('s'), System.Globalization.CultureInfo.InvariantCulture, out double seconds) && seconds is >= 0.1 and <= 86400
            ? TimeSpan.FromSeconds(seconds)
            : throw new ToolException(ToolException.WrongUsage, $"'{text}' is no interval: 0.1 to 86400 seconds are");
}
