using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;

namespace NetWhy.Collect.Firewall;

/// <summary>Reads what <c>iptables-save -c</c> and its relatives print.</summary>
/// <remarks>
/// Source: iptables-save(8), iptables-extensions(8). An extension that it does not know makes a rule possible, never
/// certain; a target that it does not know is taken to go on with the next rule.
/// </remarks>
internal static class IptablesReader
{
    /// <summary>Reads a rule set.</summary>
    /// <param name="text">The output.</param>
    /// <param name="tool">Tool that the rules belong to; it tells the family.</param>
    internal static FirewallRuleset Read(string text, FirewallTool tool)
    {
        string family = tool is FirewallTool.Ip6tables or FirewallTool.Ip6tablesLegacy ? "ip6" : "ip";
        Dictionary<(string Table, string Name), FirewallChain> chains = [];
        string table = "";
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            switch (line[0])
            {
                case '*':
                    table = line[1..].Trim();
                    break;
                case ':':
                    FirewallChain declared = ReadChain(line, tool, family, table);
                    chains[(table, declared.Name)] = declared;
                    break;
                case '[' or '-' when ReadRule(line, table, chains) is { } rule:
                    rule.Chain.Rules.Add(rule);
                    break;
            }
        }

        return new FirewallRuleset([.. chains.Values]);
    }

    private static FirewallChain ReadChain(string line, FirewallTool tool, string family, string table)
    {
        // ":OUTPUT DROP [12:3456]"; a chain of the user's has "-" for its policy.
        string[] words = line[1..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string name = words.ElementAtOrDefault(0) ?? "";
        bool isBuiltIn = words.ElementAtOrDefault(1) is not (null or "-");
        FirewallHook hook = !isBuiltIn ? FirewallHook.None : name switch
        {
            "PREROUTING" => FirewallHook.Prerouting,
            "INPUT" => FirewallHook.Input,
            "FORWARD" => FirewallHook.Forward,
            "OUTPUT" => FirewallHook.Output,
            "POSTROUTING" => FirewallHook.Postrouting,
            _ => FirewallHook.None,
        };
        // linux/netfilter_ipv4.h, enum nf_ip_hook_priorities
        int priority = table switch
        {
            "raw" => -300,
            "mangle" => -150,
            "nat" => hook is FirewallHook.Prerouting or FirewallHook.Output ? -100 : 100,
            "security" => 50,
            _ => 0,
        };
        return new FirewallChain(tool, family, table, name, hook)
        {
            Priority = priority,
            IsNat = table is "nat",
            DropsByDefault = words.ElementAtOrDefault(1) is "DROP",
            PolicyPackets = words.ElementAtOrDefault(2) is { } counter ? CounterOf(counter) : null,
        };
    }

    private static FirewallRule? ReadRule(string line, string table, Dictionary<(string, string), FirewallChain> chains)
    {
        List<string> words = Split(line);
        long? packets = words.Count > 0 && words[0].StartsWith('[') ? CounterOf(words[0]) : null;
        if (packets is not null)
            words.RemoveAt(0);
        if (words is not ["-A", var name, ..] || !chains.TryGetValue((table, name), out FirewallChain? chain))
            return null;

        return new FirewallRule(chain, chain.Rules.Count + 1, ReadSteps(words[2..]))
        {
            Packets = packets,
            Text = line[(line.IndexOf("-A ", StringComparison.Ordinal) + 3)..],
        };
    }

    private static ImmutableArray<FirewallStep> ReadSteps(List<string> words)
    {
        ImmutableArray<FirewallStep>.Builder steps = ImmutableArray.CreateBuilder<FirewallStep>();
        List<FirewallStep> effects = []; // a target works after all conditions, whatever the order of the words
        bool negated = false;
        for (int i = 0; i < words.Count; i++)
        {
            string option = words[i];
            string value = i + 1 < words.Count ? words[i + 1] : "";
            switch (option)
            {
                case "!":
                    negated = true;
                    continue;
                case "-m" when value is "tcp" or "udp" or "icmp" or "icmp6" or "multiport" or "comment" or "conntrack"
                    or "state" or "mark" or "owner" or "addrtype" or "iprange":
                    i++; // what it asks for follows as options
                    continue;
                case "-m":
                    // limit, statistic, connlimit, recent, string, set, time and the like: cannot be foreseen.
                    steps.Add(new FirewallStep.Condition(_ => Truth.Possible));
                    i++;
                    continue;
                case "--comment" or "--log-prefix" or "--log-level" or "--reject-with" or "--queue-num":
                    i++;
                    continue;
                case "-j" or "-g":
                    effects.AddRange(ReadTarget(value, option is "-g", words[Math.Min(i + 2, words.Count)..]));
                    i = words.Count;
                    continue;
                case "--syn":
                    steps.Add(Flags(FirewallPacket.Fin | FirewallPacket.Syn | FirewallPacket.Reset | FirewallPacket.Ack, FirewallPacket.Syn, negated));
                    negated = false;
                    continue;
                case "--tcp-flags" when i + 2 < words.Count:
                    steps.Add(Flags(FlagsOf(value), FlagsOf(words[i + 2]), negated));
                    negated = false;
                    i += 2;
                    continue;
            }

            if (option.StartsWith('-') && ReadCondition(option, value, negated) is { } test)
            {
                steps.Add(new FirewallStep.Condition(test));
                i++;
            }
            else if (option.StartsWith('-'))
            {
                steps.Add(new FirewallStep.Condition(_ => Truth.Possible));
            }

            negated = false;
        }

        steps.AddRange(effects);
        return steps.DrainToImmutable();
    }

    /// <summary>Reads an option with one value; null if it is not known.</summary>
    private static Func<FirewallPacket, Truth>? ReadCondition(string option, string value, bool negated) => option switch
    {
        "-p" => packet => IsProtocol(packet, value).NotIf(negated),
        "-s" => packet => IsAddress(packet.Source, value).NotIf(negated),
        "-d" => packet => IsAddress(packet.Destination, value).NotIf(negated),
        "-i" => packet => IsInterface(packet, value, isOutgoing: false, negated),
        "-o" => packet => IsInterface(packet, value, isOutgoing: true, negated),
        "--sport" or "--sports" => packet => IsPort(packet, packet.SourcePort, value).NotIf(negated),
        "--dport" or "--dports" => packet => IsPort(packet, packet.DestinationPort, value).NotIf(negated),
        "--ports" => packet => IsPort(packet, packet.SourcePort, value).Or(IsPort(packet, packet.DestinationPort, value)).NotIf(negated),
        "--state" or "--ctstate" => packet => IsState(packet, value).NotIf(negated),
        "--ctdir" => packet => TruthExtensions.Decided(value.Equals(packet.IsReply ? "REPLY" : "ORIGINAL", StringComparison.OrdinalIgnoreCase)).NotIf(negated),
        "--mark" => packet => IsMark(packet, value).NotIf(negated),
        "--uid-owner" => packet => IsUser(packet, value).NotIf(negated),
        "--icmp-type" or "--icmpv6-type" => packet => IsIcmp(packet, value).NotIf(negated),
        "--dst-type" => packet => IsAddressType(packet.IsDestinationLocal, value).NotIf(negated),
        "--src-type" => packet => IsAddressType(packet.IsSourceLocal, value).NotIf(negated),
        "--src-range" => packet => IsInRange(packet.Source, value).NotIf(negated),
        "--dst-range" => packet => IsInRange(packet.Destination, value).NotIf(negated),
        _ => null,
    };

    private static FirewallStep[] ReadTarget(string target, bool isGoto, List<string> options)
    {
        string? Option(string name) => options.IndexOf(name) is >= 0 and var at && at + 1 < options.Count ? options[at + 1] : null;

        switch (target)
        {
            case "ACCEPT" or "MASQUERADE" or "SNAT" or "NETMAP" or "SYNPROXY":
                return [Decide(VerdictKind.Accept)];
            case "DROP":
                return [Decide(VerdictKind.Drop)];
            case "REJECT":
                return [Decide(VerdictKind.Reject)];
            case "RETURN":
                return [Decide(VerdictKind.Return)];
            case "QUEUE" or "NFQUEUE" or "TARPIT":
                return [Decide(VerdictKind.Queue)];
            case "NOTRACK":
            case "CT" when options.Contains("--notrack"):
                return [new FirewallStep.Change(packet => packet with { State = TrackedState.Untracked })];
            case "MARK":
                uint? mark = (Option("--set-xmark") ?? Option("--set-mark")) is { } written ? MarkOf(written)?.Value : null;
                return [new FirewallStep.Change(packet => packet with { Mark = mark }) { SetsMark = true }];
            case "REDIRECT":
                return [new FirewallStep.Decide(new FirewallVerdict(VerdictKind.Redirect) { Port = PortOf(Option("--to-ports") ?? "") })];
            case "DNAT" or "TPROXY":
                string destination = Option("--to-destination") ?? Option("--on-ip") ?? "";
                return [new FirewallStep.Decide(ReadDestination(destination))];
            case "LOG" or "NFLOG" or "TCPMSS" or "TTL" or "HL" or "DSCP" or "TOS" or "CONNMARK" or "CONNSECMARK"
                or "SECMARK" or "CLASSIFY" or "CHECKSUM" or "TRACE" or "TEE" or "TCPOPTSTRIP" or "ECN" or "SET" or "CT"
                or "AUDIT" or "RATEEST" or "IDLETIMER" or "LED" or "HMARK" or "":
                return [];
            default:
                return [new FirewallStep.Decide(new FirewallVerdict(isGoto ? VerdictKind.Goto : VerdictKind.Jump) { Target = target })];
        }
    }

    private static FirewallVerdict ReadDestination(string text)
    {
        // "10.0.0.1", "10.0.0.1-10.0.0.9", "10.0.0.1:80", "[::1]:80", ":80"
        int close = text.IndexOf(']');
        int colon = close >= 0 ? text.IndexOf(':', close) : text.Count(letter => letter == ':') == 1 ? text.IndexOf(':') : -1;
        string address = (colon >= 0 ? text[..colon] : text).Trim('[', ']');
        return new FirewallVerdict(VerdictKind.Translate)
        {
            Address = IPAddress.TryParse(address, out IPAddress? parsed) ? parsed : null,
            Port = colon >= 0 ? PortOf(text[(colon + 1)..]) : 0,
        };
    }

    private static FirewallStep.Decide Decide(VerdictKind kind) => new(new FirewallVerdict(kind));

    private static FirewallStep.Condition Flags(int mask, int wanted, bool negated) => new(packet =>
        packet.Protocol is FirewallPacket.Tcp
            ? TruthExtensions.Decided((packet.Flags & mask) == wanted).NotIf(negated)
            : Truth.No);

    private static Truth IsProtocol(FirewallPacket packet, string value) =>
        value is "all" or "0" ? Truth.Certain
        : (FirewallNames.Protocol(value) ?? ParsedNumber(value)) is { } number ? TruthExtensions.Decided(packet.Protocol == number)
        : Truth.Possible;

    private static Truth IsAddress(IPAddress? address, string value) =>
        value is "0.0.0.0/0" or "::/0" ? Truth.Certain
        : address is null ? Truth.Possible
        : AddressRange.IsInWritten(address, value) is { } isIn ? TruthExtensions.Decided(isIn)
        : Truth.Possible;

    private static Truth IsInRange(IPAddress? address, string value) =>
        address is not null && value.Split('-') is [var first, var last]
            && IPAddress.TryParse(first, out IPAddress? low) && IPAddress.TryParse(last, out IPAddress? high)
                ? TruthExtensions.Decided(AddressRange.IsBetween(address, low, high))
                : Truth.Possible;

    private static Truth IsInterface(FirewallPacket packet, string value, bool isOutgoing, bool negated)
    {
        bool goesOut = packet.Kind is PacketKind.Opening or PacketKind.Data or PacketKind.Echo or PacketKind.NeighbourRequest;
        if (goesOut != isOutgoing && !packet.IsLoopback)
            return TruthExtensions.Decided(negated); // it has no such interface: iptables compares with the empty name
        if (packet.Interface is null)
            return packet.IsFromOutside && value is "lo" ? TruthExtensions.Decided(negated) : Truth.Possible;
        return TruthExtensions.Decided(value.EndsWith('+')
            ? packet.Interface.StartsWith(value[..^1], StringComparison.Ordinal)
            : packet.Interface == value).NotIf(negated);
    }

    private static Truth IsPort(FirewallPacket packet, int port, string value)
    {
        if (packet.Protocol is not (FirewallPacket.Tcp or FirewallPacket.Udp))
            return Truth.No;
        if (port == 0)
            return Truth.Possible;
        return TruthExtensions.Decided(value.Split(',').Any(part => part.Split(':') is [var first, var last]
            ? PortOf(first) <= port && port <= (last.Length == 0 ? 65535 : PortOf(last))
            : PortOf(part) == port));
    }

    private static Truth IsState(FirewallPacket packet, string value)
    {
        string[] states = value.Split(',');
        string own = packet.State.ToString();
        return states.Any(state => state.Equals(own, StringComparison.OrdinalIgnoreCase)) ? Truth.Certain
            : states.Any(state => state is "SNAT" or "DNAT") ? Truth.Possible
            : Truth.No;
    }

    private static Truth IsMark(FirewallPacket packet, string value) =>
        packet.Mark is { } mark && MarkOf(value) is { } wanted
            ? TruthExtensions.Decided((mark & wanted.Mask) == wanted.Value)
            : Truth.Possible;

    private static Truth IsUser(FirewallPacket packet, string value) =>
        packet.User is { } user && ParsedNumber(value.Split('-')[0]) is { } first
            && (value.Contains('-') ? ParsedNumber(value.Split('-')[1]) : first) is { } last
                ? TruthExtensions.Decided(first <= user && user <= last)
                : Truth.Possible;

    private static Truth IsIcmp(FirewallPacket packet, string value)
    {
        if (packet.IcmpType is not { } type)
            return Truth.No;
        if (value is "any")
            return Truth.Certain;
        string[] parts = value.Split('/');
        return ParsedNumber(parts[0]) is { } wanted
            ? TruthExtensions.Decided(type == wanted && (parts.Length == 1 || ParsedNumber(parts[1]) == packet.IcmpCode))
            : Truth.Possible;
    }

    private static Truth IsAddressType(bool isLocal, string value)
    {
        string[] types = value.Split(',');
        return types.Contains("LOCAL") ? TruthExtensions.Decided(isLocal)
            : types.Contains("UNICAST") ? TruthExtensions.Decided(!isLocal)
            : Truth.No;
    }

    private static (uint Value, uint Mask)? MarkOf(string text)
    {
        string[] parts = text.Split('/');
        uint? value = HexadecimalOf(parts[0]);
        uint? mask = parts.Length > 1 ? HexadecimalOf(parts[1]) : uint.MaxValue;
        return value is { } number && mask is { } bits ? (number, bits) : null;
    }

    private static uint? HexadecimalOf(string text) =>
        text.StartsWith("0x", StringComparison.Ordinal)
            ? uint.TryParse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out uint hexadecimal) ? hexadecimal : null
            : uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) ? number : null;

    private static int? ParsedNumber(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    private static int PortOf(string text) => ParsedNumber(text.Split('-')[0]) is { } port and > 0 and < 65536 ? port : 0;

    private static int FlagsOf(string text) => text.Split(',').Sum(flag => flag switch
    {
        "FIN" => FirewallPacket.Fin,
        "SYN" => FirewallPacket.Syn,
        "RST" => FirewallPacket.Reset,
        "PSH" => FirewallPacket.Push,
        "ACK" => FirewallPacket.Ack,
        "URG" => FirewallPacket.Urgent,
        "ALL" => 0x3f,
        _ => 0,
    });

    private static long? CounterOf(string text) =>
        long.TryParse(text.AsSpan(1, Math.Max(0, text.IndexOf(':') - 1)), NumberStyles.None, CultureInfo.InvariantCulture, out long packets)
            ? packets
            : null;

    /// <summary>Splits a line into words; a quoted one may hold spaces and escaped quotes.</summary>
    private static List<string> Split(string line)
    {
        List<string> words = [];
        var word = new StringBuilder();
        bool isQuoted = false;
        bool hasWord = false;
        for (int i = 0; i < line.Length; i++)
        {
            char letter = line[i];
            if (letter == '\\' && isQuoted && i + 1 < line.Length)
            {
                word.Append(line[++i]);
            }
            else if (letter == '"')
            {
                isQuoted = !isQuoted;
                hasWord = true;
            }
            else if (letter == ' ' && !isQuoted)
            {
                if (hasWord)
                    words.Add(word.ToString());
                word.Clear();
                hasWord = false;
            }
            else
            {
                word.Append(letter);
                hasWord = true;
            }
        }

        if (hasWord)
            words.Add(word.ToString());
        return words;
    }
}
