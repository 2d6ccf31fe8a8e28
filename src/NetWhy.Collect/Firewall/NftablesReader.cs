using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text.Json;

namespace NetWhy.Collect.Firewall;

/// <summary>Reads what <c>nft -j list ruleset</c> prints.</summary>
/// <remarks>
/// Source: libnftables-json(5). A statement or expression that it does not know makes a condition possible, never
/// certain. The document must outlive the rules made from it.
/// </remarks>
internal sealed class NftablesReader
{
    private readonly Dictionary<(string Family, string Table, string Name), JsonElement> _sets = [];
    private readonly Dictionary<(string Family, string Table, string Name), long> _counters = [];
    private readonly Dictionary<(string Family, string Table, string Name), FirewallChain> _chains = [];

    /// <summary>Reads a rule set.</summary>
    /// <param name="document">The output, parsed.</param>
    /// <returns>The rules; null if it is no output of nft.</returns>
    internal static FirewallRuleset? Read(JsonDocument document) => new NftablesReader().ReadAll(document.RootElement);

    private FirewallRuleset? ReadAll(JsonElement root)
    {
        if (!root.Has("nftables", out JsonElement list) || list.ValueKind is not JsonValueKind.Array)
            return null;

        List<JsonElement> rules = [];
        foreach (JsonProperty item in list.EnumerateArray()
            .Where(element => element.ValueKind is JsonValueKind.Object)
            .SelectMany(element => element.EnumerateObject())
            .Where(item => item.Value.ValueKind is JsonValueKind.Object))
        {
            (string Family, string Table, string Name) key = (
                Text(item.Value, "family"), Text(item.Value, "table"), Text(item.Value, "name"));
            switch (item.Name)
            {
                case "chain":
                    _chains[key] = ReadChain(item.Value);
                    break;
                case "set" or "map":
                    _sets[key] = item.Value;
                    break;
                case "counter" when Integer(item.Value, "packets") is { } packets:
                    _counters[key] = packets;
                    break;
                case "rule":
                    rules.Add(item.Value);
                    break;
            }
        }

        foreach (JsonElement rule in rules)
        {
            if (_chains.GetValueOrDefault((Text(rule, "family"), Text(rule, "table"), Text(rule, "chain"))) is { } chain)
                chain.Rules.Add(ReadRule(rule, chain));
        }

        return new FirewallRuleset([.. _chains.Values]);
    }

    private static FirewallChain ReadChain(JsonElement chain)
    {
        FirewallHook hook = Text(chain, "hook") switch
        {
            "ingress" => FirewallHook.Ingress,
            "prerouting" => FirewallHook.Prerouting,
            "input" => FirewallHook.Input,
            "forward" => FirewallHook.Forward,
            "output" => FirewallHook.Output,
            "postrouting" => FirewallHook.Postrouting,
            "egress" => FirewallHook.Egress,
            _ => FirewallHook.None,
        };
        ImmutableArray<string> devices = chain.Has("dev", out JsonElement device)
            ? device.ValueKind is JsonValueKind.Array ? [.. device.EnumerateArray().Select(Text)] : [Text(device)]
            : [];
        return new FirewallChain(FirewallTool.Nft, Text(chain, "family"), Text(chain, "table"), Text(chain, "name"), hook)
        {
            Priority = (int)(Integer(chain, "prio") ?? 0),
            IsNat = Text(chain, "type") is "nat",
            DropsByDefault = Text(chain, "policy") is "drop",
            Devices = devices,
        };
    }

    private FirewallRule ReadRule(JsonElement rule, FirewallChain chain)
    {
        ImmutableArray<FirewallStep>.Builder steps = ImmutableArray.CreateBuilder<FirewallStep>();
        long? packets = null;
        bool countsTooMuch = false;
        if (rule.Has("expr", out JsonElement expressions) && expressions.ValueKind is JsonValueKind.Array)
        {
            foreach (JsonElement element in expressions.EnumerateArray())
            {
                if (element.ValueKind is not JsonValueKind.Object)
                    continue;
                foreach (JsonProperty statement in element.EnumerateObject())
                {
                    if (statement.Name is "counter")
                    {
                        packets = statement.Value.ValueKind is JsonValueKind.Object
                            ? Integer(statement.Value, "packets")
                            : _counters.TryGetValue((chain.Family, chain.Table, Text(statement.Value)), out long named) ? named : null;
                    }
                    else if (ReadStatement(statement, chain) is { } step)
                    {
                        steps.Add(step);
                        countsTooMuch |= packets is not null && step is FirewallStep.Condition;
                    }
                }
            }
        }

        return new FirewallRule(chain, chain.Rules.Count + 1, steps.DrainToImmutable())
        {
            Handle = Integer(rule, "handle"),
            Packets = packets,
            CountsTooMuch = countsTooMuch,
        };
    }

    /// <summary>Reads one statement; null if it neither decides nor bears on what follows.</summary>
    private FirewallStep? ReadStatement(JsonProperty statement, FirewallChain chain)
    {
        JsonElement value = statement.Value;
        switch (statement.Name)
        {
            case "match" when value.Has("left", out JsonElement left) && value.Has("right", out JsonElement right):
                string operation = Text(value, "op");
                return new FirewallStep.Condition(packet => Compare(left, operation, right, packet, chain));
            case "vmap" when value.Has("key", out JsonElement key) && value.Has("data", out JsonElement data):
                return ReadVerdictMap(key, data, chain);
            case "mangle" when value.Has("key", out JsonElement target)
                && target.Has("meta", out JsonElement meta) && Text(meta, "key") is "mark":
                uint? mark = value.Has("value", out JsonElement written) ? (uint?)NumberOf(written) : null;
                return new FirewallStep.Change(packet => packet with { Mark = mark }) { SetsMark = true };
            case "notrack":
                return new FirewallStep.Change(packet => packet with { State = TrackedState.Untracked });
            case "log" or "comment" or "mangle" or "dup" or "flow" or "last" or "ct helper" or "ct timeout"
                or "ct expectation" or "secmark" or "match" or "vmap":
                return null;
            case "xt" when Text(value, "type") is "target":
                return Text(value, "name") switch
                {
                    "DROP" => new FirewallStep.Decide(new FirewallVerdict(VerdictKind.Drop)),
                    "REJECT" => new FirewallStep.Decide(new FirewallVerdict(VerdictKind.Reject)),
                    "NFQUEUE" => new FirewallStep.Decide(new FirewallVerdict(VerdictKind.Queue)),
                    "REDIRECT" or "DNAT" or "TPROXY" => new FirewallStep.Decide(new FirewallVerdict(VerdictKind.Translate)),
                    _ => null,
                };
            case "synproxy" or "masquerade" or "snat" or "fwd":
                return new FirewallStep.Decide(new FirewallVerdict(VerdictKind.Accept));
            default:
                // limit, quota, ct count, set updates, meters, xt matches and whatever comes to be: cannot be foreseen.
                return ReadVerdict(statement) is { } verdict
                    ? new FirewallStep.Decide(verdict)
                    : new FirewallStep.Condition(_ => Truth.Possible);
        }
    }

    private static FirewallVerdict? ReadVerdict(JsonProperty statement) => statement.Name switch
    {
        "accept" => new FirewallVerdict(VerdictKind.Accept),
        "drop" => new FirewallVerdict(VerdictKind.Drop),
        "reject" => new FirewallVerdict(VerdictKind.Reject),
        "queue" => new FirewallVerdict(VerdictKind.Queue),
        "return" => new FirewallVerdict(VerdictKind.Return),
        "continue" => new FirewallVerdict(VerdictKind.Continue),
        "jump" => new FirewallVerdict(VerdictKind.Jump) { Target = Text(statement.Value, "target") },
        "goto" => new FirewallVerdict(VerdictKind.Goto) { Target = Text(statement.Value, "target") },
        "dnat" or "tproxy" => ReadTranslation(statement.Value, VerdictKind.Translate),
        "redirect" => ReadTranslation(statement.Value, VerdictKind.Redirect),
        _ => null,
    };

    private static FirewallVerdict ReadTranslation(JsonElement value, VerdictKind kind) => new(kind)
    {
        Address = value.ValueKind is JsonValueKind.Object && IPAddress.TryParse(Text(value, "addr"), out IPAddress? address) ? address : null,
        Port = value.ValueKind is JsonValueKind.Object && Integer(value, "port") is { } port and > 0 and < 65536 ? (int)port : 0,
    };

    private FirewallStep.DecideByMap ReadVerdictMap(JsonElement key, JsonElement data, FirewallChain chain)
    {
        JsonElement entries = default;
        if (data.ValueKind is JsonValueKind.String)
        {
            if (_sets.TryGetValue((chain.Family, chain.Table, Text(data).TrimStart('@')), out JsonElement map))
                map.Has("elem", out entries);
        }
        else if (data.ValueKind is JsonValueKind.Object)
        {
            data.Has("set", out entries);
        }

        if (entries.ValueKind is not JsonValueKind.Array)
            return new FirewallStep.DecideByMap([]);

        return new FirewallStep.DecideByMap([.. entries.EnumerateArray()
            .Where(entry => entry.ValueKind is JsonValueKind.Array && entry.GetArrayLength() == 2
                && entry[1].ValueKind is JsonValueKind.Object)
            .SelectMany(entry => entry[1].EnumerateObject().Select(ReadVerdict).OfType<FirewallVerdict>()
                .Select(verdict => ((Func<FirewallPacket, Truth>)(packet => Compare(key, "==", Unwrap(entry[0]), packet, chain)), verdict)))]);
    }

    private Truth Compare(JsonElement left, string operation, JsonElement right, FirewallPacket packet, FirewallChain chain)
    {
        FirewallField field = FieldOf(left, packet);
        if (field == FirewallField.Absent)
            return Truth.No;
        if (field == FirewallField.Unknown)
            return Truth.Possible;
        if (operation is "<" or ">" or "<=" or ">=")
            return Order(field, operation, right);

        bool negated = operation is "!=";
        if (IsFlagField(left) && field is FirewallField.Number flags)
        {
            long? wanted = FlagsOf(right);
            Truth truth = wanted is null ? Truth.Possible
                : TruthExtensions.Decided(operation is "in" ? (flags.Value & wanted) != 0 : flags.Value == wanted);
            return truth.NotIf(negated);
        }

        return Equal(field, right, packet, chain).NotIf(negated);
    }

    private Truth Equal(FirewallField field, JsonElement right, FirewallPacket packet, FirewallChain chain)
    {
        right = Unwrap(right);
        if (field == FirewallField.Unknown)
            return Truth.Possible;

        switch (right.ValueKind)
        {
            case JsonValueKind.String when Text(right) is ['@', .. var name]:
                return _sets.TryGetValue((chain.Family, chain.Table, name), out JsonElement set)
                    ? InSet(field, set, packet, chain)
                    : Truth.Possible;
            case JsonValueKind.Array:
                return AnyOf(field, right, packet, chain);
            case JsonValueKind.Object when right.Has("set", out JsonElement members):
                return members.ValueKind is JsonValueKind.Array ? AnyOf(field, members, packet, chain) : Equal(field, members, packet, chain);
            case JsonValueKind.Object when right.Has("concat", out JsonElement parts) && field is FirewallField.Tuple tuple:
                if (parts.ValueKind is not JsonValueKind.Array || parts.GetArrayLength() != tuple.Parts.Length)
                    return Truth.No;
                Truth all = Truth.Certain;
                for (int i = 0; i < tuple.Parts.Length; i++)
                    all = all.And(Equal(tuple.Parts[i], parts[i], packet, chain));
                return all;
            case JsonValueKind.Object when right.Has("prefix", out JsonElement prefix):
                return field is FirewallField.Address address && IPAddress.TryParse(Text(prefix, "addr"), out IPAddress? start)
                    ? TruthExtensions.Decided(AddressRange.IsInPrefix(address.Value, start, (int)(Integer(prefix, "len") ?? -1)))
                    : Truth.Possible;
            case JsonValueKind.Object when right.Has("range", out JsonElement range)
                && range.ValueKind is JsonValueKind.Array && range.GetArrayLength() == 2:
                return InRange(field, range[0], range[1]);
            case JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False:
                return EqualScalar(field, right);
            default:
                return Truth.Possible;
        }
    }

    private Truth InSet(FirewallField field, JsonElement set, FirewallPacket packet, FirewallChain chain)
    {
        Truth member = set.Has("elem", out JsonElement elements) && elements.ValueKind is JsonValueKind.Array
            ? AnyOf(field, elements, packet, chain)
            : Truth.No;
        // Rules and daemons add to a dynamic set while packets pass.
        bool isGrowing = set.Has("flags", out JsonElement flags) && flags.ValueKind is JsonValueKind.Array
            && flags.EnumerateArray().Any(flag => Text(flag) is "dynamic");
        return member is Truth.No && isGrowing ? Truth.Possible : member;
    }

    private Truth AnyOf(FirewallField field, JsonElement members, FirewallPacket packet, FirewallChain chain)
    {
        Truth any = Truth.No;
        foreach (JsonElement member in members.EnumerateArray())
        {
            // An element of a map is a pair of key and value.
            bool isPair = member.ValueKind is JsonValueKind.Array && member.GetArrayLength() == 2 && field is not FirewallField.Tuple;
            any = any.Or(Equal(field, isPair ? member[0] : member, packet, chain));
            if (any is Truth.Certain)
                break;
        }

        return any;
    }

    private static Truth EqualScalar(FirewallField field, JsonElement right)
    {
        switch (field)
        {
            case FirewallField.Number number:
                return NumberOf(right, number.Names) is { } value ? TruthExtensions.Decided(number.Value == value) : Truth.Possible;
            case FirewallField.Address address:
                return IPAddress.TryParse(Text(right), out IPAddress? other)
                    ? TruthExtensions.Decided(address.Value.Equals(other))
                    : Truth.Possible;
            case FirewallField.Word word:
                string text = Text(right);
                return TruthExtensions.Decided(text is [.. var stem, '*']
                    ? word.Value.StartsWith(stem, StringComparison.Ordinal)
                    : word.Value == text);
            case FirewallField.OutsideInterface:
                return Text(right) is "lo" ? Truth.No : Truth.Possible;
            default:
                return Truth.Possible;
        }
    }

    private static Truth InRange(FirewallField field, JsonElement first, JsonElement last) => field switch
    {
        FirewallField.Number number when NumberOf(first, number.Names) is { } low && NumberOf(last, number.Names) is { } high =>
            TruthExtensions.Decided(low <= number.Value && number.Value <= high),
        FirewallField.Address address when IPAddress.TryParse(Text(first), out IPAddress? low)
            && IPAddress.TryParse(Text(last), out IPAddress? high) =>
            TruthExtensions.Decided(AddressRange.IsBetween(address.Value, low, high)),
        _ => Truth.Possible,
    };

    private static Truth Order(FirewallField field, string operation, JsonElement right)
    {
        if (field is not FirewallField.Number number || NumberOf(right, number.Names) is not { } bound)
            return Truth.Possible;
        return TruthExtensions.Decided(operation switch
        {
            "<" => number.Value < bound,
            ">" => number.Value > bound,
            "<=" => number.Value <= bound,
            _ => number.Value >= bound,
        });
    }

    private static FirewallField FieldOf(JsonElement left, FirewallPacket packet)
    {
        if (left.ValueKind is not JsonValueKind.Object || left.GetPropertyCount() == 0)
            return FirewallField.Unknown;
        JsonProperty expression = left.EnumerateObject().First();
        JsonElement value = expression.Value;
        return expression.Name switch
        {
            "payload" when value.ValueKind is JsonValueKind.Object => Payload(Text(value, "protocol"), Text(value, "field"), packet),
            "meta" when value.ValueKind is JsonValueKind.Object => Meta(Text(value, "key"), packet),
            "ct" when value.ValueKind is JsonValueKind.Object => Tracked(Text(value, "key"), packet),
            "fib" when value.ValueKind is JsonValueKind.Object => Fib(value, packet),
            "concat" when value.ValueKind is JsonValueKind.Array => Concatenate([.. value.EnumerateArray().Select(part => FieldOf(part, packet))]),
            "&" when value.ValueKind is JsonValueKind.Array && value.GetArrayLength() == 2
                && FieldOf(value[0], packet) is var whole =>
                whole is FirewallField.Number number && FlagsOf(value[1]) is { } mask ? FirewallField.Of(number.Value & mask) : whole is FirewallField.Number ? FirewallField.Unknown : whole,
            _ => FirewallField.Unknown,
        };
    }

    private static FirewallField Concatenate(ImmutableArray<FirewallField> parts) =>
        parts.Contains(FirewallField.Absent) ? FirewallField.Absent : new FirewallField.Tuple(parts);

    private static FirewallField Payload(string protocol, string field, FirewallPacket packet)
    {
        bool isPresent = protocol switch
        {
            "ip" => !packet.IsIPv6 && !packet.IsArp,
            "ip6" => packet.IsIPv6,
            "tcp" => packet.Protocol is FirewallPacket.Tcp,
            "udp" => packet.Protocol is FirewallPacket.Udp,
            "th" => packet.Protocol is FirewallPacket.Tcp or FirewallPacket.Udp,
            "icmp" => packet.Protocol is FirewallPacket.Icmp,
            "icmpv6" => packet.Protocol is FirewallPacket.IcmpV6,
            "arp" => packet.IsArp,
            "udplite" or "sctp" or "dccp" or "ah" or "esp" or "comp" or "igmp" => false,
            _ => true,
        };
        if (!isPresent)
            return FirewallField.Absent;
        return (protocol, field) switch
        {
            ("ip" or "ip6", "saddr") => FirewallField.Of(packet.Source),
            ("ip" or "ip6", "daddr") => FirewallField.Of(packet.Destination),
            ("ip", "protocol") or ("ip6", "nexthdr") => ProtocolOf(packet),
            ("ip", "version") => FirewallField.Of(4),
            ("ip6", "version") => FirewallField.Of(6),
            ("tcp" or "udp" or "th", "sport") => PortOf(packet.SourcePort),
            ("tcp" or "udp" or "th", "dport") => PortOf(packet.DestinationPort),
            ("tcp", "flags") => FirewallField.Of(packet.Flags),
            ("icmp", "type") when packet.IcmpType is { } type => new FirewallField.Number(type) { Names = FirewallNames.IcmpType },
            ("icmpv6", "type") when packet.IcmpType is { } type => new FirewallField.Number(type) { Names = FirewallNames.IcmpV6Type },
            ("icmp", "code") => new FirewallField.Number(packet.IcmpCode) { Names = FirewallNames.IcmpCode },
            ("icmpv6", "code") => FirewallField.Of(packet.IcmpCode),
            ("ether", "type") => EtherType(packet),
            _ => FirewallField.Unknown,
        };
    }

    private static FirewallField.Number ProtocolOf(FirewallPacket packet) =>
        new(packet.Protocol) { Names = FirewallNames.Protocol };

    private static FirewallField PortOf(int port) => port == 0 ? FirewallField.Unknown : FirewallField.Of(port);

    private static FirewallField EtherType(FirewallPacket packet) =>
        FirewallField.Of(packet.IsArp ? "arp" : packet.IsIPv6 ? "ip6" : "ip");

    private static FirewallField Meta(string key, FirewallPacket packet)
    {
        bool isOutgoing = packet.Kind is PacketKind.Opening or PacketKind.Data or PacketKind.Echo or PacketKind.NeighbourRequest;
        return key switch
        {
            "oifname" or "oif" => isOutgoing || packet.IsLoopback ? InterfaceOf(packet) : FirewallField.Absent,
            "iifname" or "iif" => !isOutgoing || packet.IsLoopback ? InterfaceOf(packet) : FirewallField.Absent,
            "l4proto" => ProtocolOf(packet),
            "nfproto" => FirewallField.Of(packet.IsIPv6 ? "ipv6" : "ipv4"),
            "protocol" => EtherType(packet),
            "mark" => FirewallField.Of(packet.Mark),
            "skuid" => isOutgoing ? FirewallField.Of(packet.User) : FirewallField.Unknown,
            _ => FirewallField.Unknown,
        };
    }

    private static FirewallField InterfaceOf(FirewallPacket packet) =>
        packet.Interface is { } name ? FirewallField.Of(name)
        : packet.IsFromOutside ? new FirewallField.OutsideInterface()
        : FirewallField.Unknown;

    private static FirewallField Tracked(string key, FirewallPacket packet) => key switch
    {
        "state" => FirewallField.Of(packet.State.ToString().ToLowerInvariant()),
        "direction" => FirewallField.Of(packet.IsReply ? "reply" : "original"),
        "l3proto" => FirewallField.Of(packet.IsIPv6 ? "ipv6" : "ipv4"),
        "protocol" => ProtocolOf(packet),
        _ => FirewallField.Unknown,
    };

    private static FirewallField Fib(JsonElement value, FirewallPacket packet)
    {
        string flags = value.Has("flags", out JsonElement list)
            ? list.ValueKind is JsonValueKind.Array ? string.Join(',', list.EnumerateArray().Select(Text)) : Text(list)
            : "";
        return (Text(value, "result"), flags) switch
        {
            ("type", "daddr") => FirewallField.Of(packet.IsDestinationLocal ? "local" : "unicast"),
            ("type", "saddr") => FirewallField.Of(packet.IsSourceLocal ? "local" : "unicast"),
            _ => FirewallField.Unknown,
        };
    }

    private static bool IsFlagField(JsonElement left) => left.ValueKind is JsonValueKind.Object
        && (left.Has("payload", out JsonElement payload)
            ? payload.ValueKind is JsonValueKind.Object && Text(payload, "field") is "flags"
            : left.Has("&", out JsonElement parts) && parts.ValueKind is JsonValueKind.Array
                && parts.GetArrayLength() == 2 && IsFlagField(parts[0]));

    /// <summary>The sum of flags written as a number, a name, a list or joined by "|"; null if one is unknown.</summary>
    private static long? FlagsOf(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Array:
                long? all = 0;
                foreach (JsonElement flag in value.EnumerateArray())
                    all |= FlagsOf(flag);
                return all;
            case JsonValueKind.Object when value.Has("|", out JsonElement parts):
                return FlagsOf(parts);
            default:
                return NumberOf(value) ?? Text(value) switch
                {
                    "fin" => FirewallPacket.Fin,
                    "syn" => FirewallPacket.Syn,
                    "rst" => FirewallPacket.Reset,
                    "psh" => FirewallPacket.Push,
                    "ack" => FirewallPacket.Ack,
                    "urg" => FirewallPacket.Urgent,
                    "ecn" => 0x40,
                    "cwr" => 0x80,
                    _ => null,
                };
        }
    }

    /// <summary>A number, or the number behind a name that nft prints for one; null if it is neither.</summary>
    private static long? NumberOf(JsonElement value, Func<string, int?>? names = null)
    {
        if (value.ValueKind is JsonValueKind.Number)
        {
            return value.TryGetInt64(out long number) ? number : null;
        }

        string text = Text(value);
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long decimalNumber))
            return decimalNumber;
        return text.StartsWith("0x", StringComparison.Ordinal)
            && long.TryParse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out long hexadecimal)
                ? hexadecimal
                : names?.Invoke(text);
    }

    /// <summary>The value inside an element with a timeout, a counter or a comment.</summary>
    private static JsonElement Unwrap(JsonElement value) =>
        value.ValueKind is JsonValueKind.Object && value.Has("elem", out JsonElement element)
            && element.ValueKind is JsonValueKind.Object && element.Has("val", out JsonElement inner)
                ? inner
                : value;

    private static string Text(JsonElement value) => value.ValueKind is JsonValueKind.String ? value.GetString()! : "";

    private static string Text(JsonElement value, string name) =>
        value.Has(name, out JsonElement member) ? Text(member) : "";

    private static long? Integer(JsonElement value, string name) =>
        value.Has(name, out JsonElement member) && member.ValueKind is JsonValueKind.Number && member.TryGetInt64(out long number)
            ? number
            : null;
}

/// <summary>Looks into JSON that may be of another shape than expected.</summary>
internal static class JsonShape
{
    extension(JsonElement value)
    {
        /// <summary>Whether it is an object with a member.</summary>
        /// <param name="name">Name of the member.</param>
        /// <param name="member">The member.</param>
        internal bool Has(string name, out JsonElement member)
        {
            member = default;
            return value.ValueKind is JsonValueKind.Object && value.TryGetProperty(name, out member);
        }
    }
}
