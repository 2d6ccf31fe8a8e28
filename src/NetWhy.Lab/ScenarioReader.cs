using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using NetWhy.Lab.Impairments;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace NetWhy.Lab;

/// <summary>Reads scenario files: YAML, mapped by hand so that every mistake has a line and the binary can be trimmed.</summary>
/// <param name="readBase">Gives the text of a base topology by name; null if there is none.</param>
public sealed class ScenarioReader(Func<string, string?> readBase)
{
    private const string StandardBase = "standard";

    /// <summary>Reads one scenario.</summary>
    /// <param name="file">Where the text comes from, for messages; its name without extension names the scenario.</param>
    /// <param name="text">The YAML.</param>
    /// <exception cref="LabException">The text is no YAML or no scenario; the message names file, line and remedy.</exception>
    public Scenario Read(string file, string text)
    {
        var root = YamlMap.Load(file, text);
        root.AllowOnly("base", "title", "symptom", "hosts", "links", "impair", "fault", "client", "target", "setup", "env", "expect");

        string baseName = root.Text("base") ?? StandardBase;
        Topology topology = Topology.Nothing;
        if (baseName != "none")
        {
            string baseText = readBase(baseName)
                ?? throw root.Error("base", $"there is no base '{baseName}': use 'standard', 'delegated' or 'none'");
            var map = YamlMap.Load($"{baseName}.yaml", baseText);
            map.AllowOnly("hosts", "links");
            topology = ReadTopology(map, topology);
        }

        topology = ReadTopology(root, topology);
        topology = topology with { Links = Impair(root.Map("impair"), topology.Links) };

        string client = root.Text("client") ?? "c";
        if (!topology.Hosts.ContainsKey(client))
            throw root.Error("client", $"there is no host '{client}' to run netwhy on");

        return new Scenario(
            Path.GetFileNameWithoutExtension(file),
            root.Required("title"),
            root.Text("symptom") ?? "",
            topology.Hosts,
            topology.Links,
            [.. root.List("fault").Select(node => ReadFault(root, node, topology))],
            client,
            [.. root.Words("target")],
            TextsOf(root, "env"),
            root.Text("setup"),
            ReadExpectation(root));
    }

    private static Topology ReadTopology(YamlMap root, Topology topology)
    {
        ImmutableSortedDictionary<string, Host> hosts = topology.Hosts;
        if (root.Map("hosts") is { } maps)
        {
            foreach (string name in maps.Keys)
                hosts = hosts.SetItem(name, ReadHost(maps.Map(name), hosts.GetValueOrDefault(name, Host.Empty)));
        }

        ImmutableArray<Link> links = [.. topology.Links, .. root.List("links").Select(node => ReadLink(root, node, hosts))];
        return new Topology(hosts, links);
    }

    private static Host ReadHost(YamlMap? map, Host host)
    {
        if (map is null)
            return host;

        map.AllowOnly("bridges", "addresses", "routes", "sysctls", "files", "services");
        return new Host(
            Merge(host.Bridges, map.Map("bridges")),
            Merge(host.Addresses, map.Map("addresses")),
            map.Has("routes") ? [.. map.Words("routes")] : host.Routes,
            host.Sysctls.SetItems(TextsOf(map, "sysctls")),
            host.Files.SetItems(TextsOf(map, "files")),
            map.Has("services") ? [.. map.List("services").Select(node => ReadService(map, node))] : host.Services);
    }

    private static ImmutableSortedDictionary<string, string> TextsOf(YamlMap map, string key) =>
        map.Map(key)?.Texts() ?? ImmutableSortedDictionary<string, string>.Empty;

    private static ImmutableSortedDictionary<string, ImmutableArray<string>> Merge(
        ImmutableSortedDictionary<string, ImmutableArray<string>> old, YamlMap? map) =>
        map is null ? old : old.SetItems(map.Keys.Select(key => KeyValuePair.Create(key, map.Words(key).ToImmutableArray())));

    private static Service ReadService(YamlMap parent, YamlNode node)
    {
        if (node is YamlScalarNode { Value: { } word })
        {
            return word switch
            {
                "nginx" => new NginxService("good", "", null, null),
                "unbound" => new UnboundService([], [], ""),
                _ => throw parent.Error(node, $"'{word}' is no service by itself: use nginx, unbound, or nsd:, haproxy:, run:, serve: with a value"),
            };
        }

        YamlMap map = parent.AsMap(node);
        switch (map.Keys.FirstOrDefault())
        {
            case "nginx":
                map.AllowOnly("nginx");
                YamlMap nginx = map.Map("nginx") ?? throw map.Error(node, "nginx needs keys: certificate, tls, location, config");
                nginx.AllowOnly("certificate", "tls", "location", "config");
                return new NginxService(
                    nginx.Text("certificate") ?? "good", nginx.Text("tls") ?? "", nginx.Text("location"), nginx.Text("config"));
            case "unbound":
                map.AllowOnly("unbound");
                YamlMap unbound = map.Map("unbound") ?? throw map.Error(node, "unbound needs keys: records, without, config");
                unbound.AllowOnly("records", "without", "config");
                return new UnboundService([.. unbound.Words("records")], [.. unbound.Words("without")], unbound.Text("config") ?? "");
            case "nsd":
                map.AllowOnly("nsd");
                YamlMap nsd = map.Map("nsd") ?? throw map.Error(node, "nsd needs keys: address, zones");
                nsd.AllowOnly("address", "zones");
                return IPAddress.TryParse(nsd.Required("address"), out IPAddress? address)
                    ? new NsdService(address, TextsOf(nsd, "zones"))
                    : throw map.Error(node, "address is no IP address");
            case "haproxy":
                map.AllowOnly("haproxy");
                return new HaproxyService(map.Required("haproxy"));
            case "run":
                map.AllowOnly("run", "port");
                return new CommandService(map.Required("run"), map.Number("port") ?? 0);
            case "serve":
                map.AllowOnly("serve");
                return new FaultyService(map.Required("serve"));
            default:
                throw map.Error(node, "a service is one of nginx, unbound, nsd, haproxy, run, serve");
        }
    }

    private static Link ReadLink(YamlMap root, YamlNode node, ImmutableSortedDictionary<string, Host> hosts)
    {
        int mtu = 0;
        string? ends = (node as YamlScalarNode)?.Value;
        if (ends is null)
        {
            YamlMap map = root.AsMap(node);
            map.AllowOnly("ends", "mtu");
            ends = map.Required("ends");
            mtu = map.Number("mtu") ?? 0;
        }

        LinkEnd[] found = [.. ends.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(end => end.Split(':'))
            .Where(parts => parts.Length == 2 && hosts.ContainsKey(parts[0]) && parts[1].Length is > 0 and <= 15)
            .Select(parts => new LinkEnd(parts[0], parts[1]))];
        return found.Length == 2
            ? new Link(found[0], found[1], mtu, null, null)
            : throw root.Error(node, $"'{ends}' is no link: write two ends of known hosts, as in 'c:eth0 r:pc'");
    }

    private static ImmutableArray<Link> Impair(YamlMap? map, ImmutableArray<Link> links)
    {
        if (map is null)
            return links;

        foreach (string end in map.Keys)
        {
            int index = links.ToList().FindIndex(link => link.Left.ToString() == end || link.Right.ToString() == end);
            if (index < 0)
                throw map.Error(end, $"no link ends at '{end}': {string.Join(", ", links.Select(link => link.Left))} are");

            YamlMap properties = map.Map(end) ?? throw map.Error(end, $"tell what happens on the link: {ImpairmentText.Known}");
            var both = new Impairment();
            Impairment? outward = null;
            Impairment? inward = null;
            foreach (string name in properties.Keys)
            {
                if (name == "out")
                    outward = OneWay(properties, name);
                else if (name == "in")
                    inward = OneWay(properties, name);
                else
                    both = One(properties, name, both);
            }

            // Two directions with one seed would lose the request and its answer together.
            outward ??= both;
            inward ??= both with { Seed = both.Seed + 1 };
            Link link = links[index];
            links = links.SetItem(index, link.Left.ToString() == end
                ? link with { LeftToRight = outward, RightToLeft = inward }
                : link with { LeftToRight = inward, RightToLeft = outward });
        }

        return links;
    }

    private static Impairment OneWay(YamlMap properties, string direction)
    {
        YamlMap map = properties.Map(direction) ?? throw properties.Error(direction, $"tell what happens on the link: {ImpairmentText.Known}");
        return map.Keys.Aggregate(new Impairment(), (sum, name) => One(map, name, sum));
    }

    private static Impairment One(YamlMap map, string name, Impairment impairment) =>
        ImpairmentText.With(impairment, name, map.Required(name))
        ?? throw map.Error(name, $"'{name}: {map.Text(name)}' is no impairment; known: {ImpairmentText.Known}, out, in; as in 'delay: 75ms'");

    private static FaultStep ReadFault(YamlMap root, YamlNode node, Topology topology)
    {
        YamlMap map = root.AsMap(node);
        string host = map.Keys.FirstOrDefault(key => key != "undo") ?? "";
        if (!topology.Hosts.ContainsKey(host) && host != FaultStep.Machine)
            throw map.Error(node, $"a fault is 'HOST: command'; there is no host '{host}' among {string.Join(", ", topology.Hosts.Keys)} and {FaultStep.Machine}");

        map.AllowOnly(host, "undo");
        if (host == FaultStep.Machine && !map.Has("undo"))
            throw map.Error(node, "what is done to the machine outlives the scenario: say how it is taken back with 'undo:'");
        return new FaultStep(host, map.Required(host), map.Text("undo"));
    }

    private static Expectation ReadExpectation(YamlMap root)
    {
        if (!root.IsMap("expect"))
        {
            string[] causes = [.. root.Words("expect")];
            return causes switch
            {
                [] => throw root.Error("expect", "say what the verdict must be: 'healthy' or a cause"),
                ["healthy"] => Expectation.Healthy,
                _ => Expectation.Healthy with { Causes = [.. causes] },
            };
        }

        YamlMap map = root.Map("expect")!;
        map.AllowOnly("cause", "where", "status", "exitCode", "explains", "allow", "notes");
        string[] accepted = [.. map.Words("cause")];
        if (accepted.Length == 0)
            throw map.Error("cause", "say what the verdict must be: 'healthy' or a cause");
        return new Expectation(
            accepted is ["healthy"] ? [] : [.. accepted],
            [.. map.Words("where")],
            map.Text("status"),
            map.Number("exitCode"),
            [.. map.Words("explains")],
            [.. map.Words("allow")],
            [.. map.Words("notes")]);
    }

    private sealed record Topology(ImmutableSortedDictionary<string, Host> Hosts, ImmutableArray<Link> Links)
    {
        public static Topology Nothing { get; } = new(ImmutableSortedDictionary<string, Host>.Empty, []);
    }

    /// <summary>A YAML mapping that knows where it stands in which file.</summary>
    private sealed class YamlMap
    {
        private readonly string _file;
        private readonly YamlMappingNode _node;

        private YamlMap(string file, YamlMappingNode node)
        {
            _file = file;
            _node = node;
        }

        public IEnumerable<string> Keys => _node.Children.Keys.OfType<YamlScalarNode>().Select(key => key.Value ?? "");

        public static YamlMap Load(string file, string text)
        {
            var stream = new YamlStream();
            try
            {
                stream.Load(new StringReader(text));
            }
            catch (Exception exception) when (exception is YamlException or InvalidOperationException or ArgumentException)
            {
                // YamlDotNet has the latter two for some flow mappings that do not end and for stray anchors.
                string reason = exception.Message.ReplaceLineEndings(" ");
                throw new LabException($"{file}:{(exception as YamlException)?.Start.Line ?? 1}: no YAML: {reason}", isUsage: true);
            }

            return stream.Documents is [{ RootNode: YamlMappingNode root }]
                ? new YamlMap(file, root)
                : throw new LabException($"{file}:1: a scenario is one YAML mapping; start with 'title: …'", isUsage: true);
        }

        public bool Has(string key) => Find(key) is not null;

        public bool IsMap(string key) => Find(key) is YamlMappingNode;

        public YamlMap? Map(string key) => Find(key) switch
        {
            null or YamlScalarNode { Value: "" or null } => null,
            { } node => AsMap(node),
        };

        public YamlMap AsMap(YamlNode node) => node is YamlMappingNode map
            ? new YamlMap(_file, map)
            : throw Error(node, "expected 'key: value' pairs here");

        public string? Text(string key) => Find(key) switch
        {
            null => null,
            YamlScalarNode scalar => scalar.Value ?? "",
            { } node => throw Error(node, $"'{key}' must be a single text"),
        };

        public string Required(string key) => Text(key) ?? throw Error(_node, $"'{key}' is missing");

        public int? Number(string key)
        {
            string? text = Text(key);
            if (text is null)
                return null;
            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                ? number
                : throw Error(key, $"'{key}' must be a whole number, not '{text}'");
        }

        public IEnumerable<YamlNode> List(string key) => Find(key) switch
        {
            null or YamlScalarNode { Value: "" or null } => [],
            YamlSequenceNode list => list.Children,
            { } node => throw Error(node, $"'{key}' must be a list"),
        };

        /// <summary>A list of texts; a single text is a list of one.</summary>
        public IEnumerable<string> Words(string key) => Find(key) switch
        {
            null => [],
            YamlScalarNode scalar => [scalar.Value ?? ""],
            YamlSequenceNode list => list.Children.Select(node => (node as YamlScalarNode)?.Value
                ?? throw Error(node, $"'{key}' must be a list of texts")),
            { } node => throw Error(node, $"'{key}' must be a text or a list of texts"),
        };

        public ImmutableSortedDictionary<string, string> Texts() =>
            Keys.ToImmutableSortedDictionary(key => key, Required, StringComparer.Ordinal);

        public void AllowOnly(params ReadOnlySpan<string> known)
        {
            foreach (YamlNode key in _node.Children.Keys)
            {
                if (key is not YamlScalarNode { Value: { } name } || !known.Contains(name))
                    throw Error(key, $"unknown key '{key}'; known here: {string.Join(", ", known!)}");
            }
        }

        public LabException Error(string key, string what) => Error(Find(key) ?? _node, what);

        public LabException Error(YamlNode node, string what) => new($"{_file}:{node.Start.Line}: {what}", isUsage: true);

        private YamlNode? Find(string key) => _node.Children.TryGetValue(new YamlScalarNode(key), out YamlNode? node) ? node : null;
    }
}
