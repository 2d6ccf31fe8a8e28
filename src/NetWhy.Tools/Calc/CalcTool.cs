using System.Globalization;
using System.Text;
using System.Text.Json;
using NetWhy.Linux;
using NetWhy.Tools.Ss;

namespace NetWhy.Tools.Calc;

/// <summary><c>netwhy calc</c>: the arithmetic of the trade, with its formulas.</summary>
internal sealed class CalcTool : ITool
{
    private const double LightInFibre = 200_000; // kilometres a second

    private static readonly (string Path, double Low, double High, double Concern)[] Latencies =
    [
        ("same host (loopback)", 0, 0.0001, 0.001),
        ("same rack (switch)", 0.0001, 0.0005, 0.002),
        ("same datacenter", 0.0005, 0.002, 0.005),
        ("same region (zone to zone)", 0.001, 0.005, 0.010),
        ("cross-region (same continent)", 0.010, 0.050, 0.100),
        ("cross-continent", 0.050, 0.150, 0.200),
        ("satellite (GEO)", 0.500, 0.700, 0.800),
    ];

    /// <inheritdoc/>
    public string Name => "calc";

    /// <inheritdoc/>
    public string Summary => "Calculate windows, throughput, timeouts, ports and segment sizes, formula shown.";

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Usage =>
    [
        ("bdp RATE RTT", "octets in flight that fill a path"),
        ("window SIZE RTT [RATE]", "throughput that a window allows, and its share of a link"),
        ("throughput RTT LOSS [MSS] [RATE]", "what loss leaves of it: Mathis and PFTK"),
        ("rto RTT…", "the retransmission timeout of RFC 6298, sample by sample, before its floor"),
        ("rto FILTER", "that of established connections here, by a filter of netwhy ss"),
        ("ports [FIRST-LAST] [TIME]", "connections a second until the ports run out;\nthis machine's range and 60s if left out"),
        ("mss MTU [TUNNEL…] [ipv6]", $"segment size behind tunnels: {string.Join(", ", Tunnel.Names)}"),
        ("latency RTT [DISTANCE]", "is this round trip normal, as for 6000km?"),
        ("--net NAME  --pid PID", "rto FILTER and ports: in another network namespace, or where a process lives"),
        ("--json", "as JSON"),
    ];

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Examples =>
    [
        ("netwhy calc bdp 1Gbps 50ms", "6.25 MB"),
        ("netwhy calc window 65536B 50ms 1Gbps", "1.05 % of the link"),
        ("netwhy calc throughput 50ms 1% 1460B 1Gbps", "2.3 Mbit/s"),
        ("netwhy calc rto 50ms 52ms 290ms", "378 ms after the third"),
        ("netwhy calc rto dport = :443 --net blue", "that of connections in another network namespace"),
        ("netwhy calc mss 1500 wireguard", "1400"),
    ];

    /// <inheritdoc/>
    public int Run(IReadOnlyList<string> arguments, IToolHost host)
    {
        List<string> words = [.. arguments.Where(word => word is not "--json")];
        string? space = TakeNamespace(words);
        if (words is not [var kind, ..])
            throw Misuse("say what to calculate: bdp, window, throughput, rto, ports, mss or latency");
        string[] rest = [.. words.Skip(1)];
        if (space is not null && kind is not ("rto" or "ports"))
            throw Misuse($"--net and --pid are for rto and ports, which look at a machine: {kind} does not");
        if (space is not null)
            ToolNamespace.Enter(space);
        List<Line> lines = kind switch
        {
            "bdp" => BandwidthDelay(new Inputs(rest)),
            "window" => Window(new Inputs(rest)),
            "throughput" => Throughput(new Inputs(rest)),
            "rto" => Timeout(rest),
            "ports" => Ports(rest),
            "mss" or "mtu" => SegmentSize(rest),
            "latency" => Latency(new Inputs(rest)),
            _ => throw Misuse($"'{kind}' cannot be calculated: bdp, window, throughput, rto, ports, mss and latency can"),
        };
        if (arguments.Contains("--json"))
            WriteJson(kind, lines, host.Output);
        else
            WriteText(lines, host.Output);
        return 0;
    }

    // Takes the network namespace out of the words, wherever it stands; null if none is named.
    private static string? TakeNamespace(List<string> words)
    {
        string? space = null;
        for (int i = 0; i < words.Count;)
        {
            string option = words[i].Split('=')[0];
            if (option is not ("--net" or "-N" or "--pid"))
            {
                i++;
                continue;
            }

            bool isJoined = option.Length < words[i].Length;
            if ((isJoined ? words[i][(option.Length + 1)..] : words.ElementAtOrDefault(i + 1)) is not { Length: > 0 } value)
                throw Misuse($"{option} needs a value");
            if (space is not null)
                throw Misuse("--net and --pid name two namespaces: give one of them");
            space = option is not "--pid" ? value
                : int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int pid) && pid > 0 ? NetworkNamespace.PathOf(pid)
                : throw Misuse($"'{value}' is no process");
            words.RemoveRange(i, isJoined ? 1 : 2);
        }

        return space;
    }

    private static List<Line> BandwidthDelay(Inputs inputs)
    {
        double rate = inputs.Take(Dimension.Rate, "a rate such as 1Gbps");
        double roundTrip = inputs.Take(Dimension.Time, "a round trip such as 50ms");
        inputs.End();
        double product = Formulas.BandwidthDelay(rate, roundTrip);
        int scale = product <= 65_535 ? 0 : (int)Math.Ceiling(Math.Log2(product / 65_535));
        return
        [
            new("bandwidth-delay product", Text($"{rate:#,0} bit/s × {Rounded(roundTrip):0.#########} s ÷ 8"), product, "B", Quantity.OfSize(product)),
            new("window scale (RFC 7323)", Text($"⌈log2({product:#,0} ÷ 65,535)⌉"), scale, "", scale > 14 ? Text($"{scale}: more than the 14 that TCP allows") : Text($"{scale}")),
            new("of it with a window of 64 KiB", Text($"65,536 ÷ {product:#,0}"), Math.Min(1, 65_536 / product), "share", Percent(Math.Min(1, 65_536 / product))),
        ];
    }

    private static List<Line> Window(Inputs inputs)
    {
        double window = inputs.Take(Dimension.Size, "a size such as 64KiB");
        double roundTrip = inputs.Take(Dimension.Time, "a round trip such as 50ms");
        double? rate = inputs.TryTake(Dimension.Rate);
        inputs.End();
        double most = Formulas.WindowRate(window, roundTrip);
        List<Line> lines = [new("throughput", Text($"{window:#,0} B × 8 ÷ {Rounded(roundTrip):0.#########} s"), most, "bit/s", Quantity.OfRate(most))];
        if (rate is { } link)
        {
            double product = Formulas.BandwidthDelay(link, roundTrip);
            lines.Add(new("share of the link", Text($"{window:#,0} ÷ {product:#,0}"), Math.Min(1, window / product), "share", Percent(Math.Min(1, window / product)) + (most > link ? ": the link is the limit" : "")));
        }

        return lines;
    }

    private static List<Line> Throughput(Inputs inputs)
    {
        double roundTrip = inputs.Take(Dimension.Time, "a round trip such as 50ms");
        double loss = inputs.Take(Dimension.Share, "a loss such as 1%");
        double segment = inputs.TryTake(Dimension.Size) ?? 1460;
        double? rate = inputs.TryTake(Dimension.Rate);
        inputs.End();
        if (loss is <= 0 or >= 1)
            throw Misuse("the loss must lie between 0% and 100%");
        double timeout = Formulas.LinuxTimeout((roundTrip, roundTrip / 8)); // of a round trip that varies little
        double simple = Formulas.Mathis(segment, roundTrip, loss, constant: 1);
        double mathis = Formulas.Mathis(segment, roundTrip, loss, Formulas.MathisConstant);
        double padhye = Formulas.Padhye(segment, roundTrip, loss, timeout);
        List<Line> lines =
        [
            new("MSS ÷ (RTT × √p)", Text($"{segment} B ÷ ({Rounded(roundTrip):0.#########} s × √{Rounded(loss):0.#########})"), simple, "bit/s", Quantity.OfRate(simple)),
            new("Mathis", Text($"× √(3/2) = {Formulas.MathisConstant:0.###}: regular loss, an acknowledgement a segment"), mathis, "bit/s", Quantity.OfRate(mathis)),
            new("PFTK", Text($"with timeouts of {Quantity.OfTime(timeout)} and an acknowledgement for two segments"), padhye, "bit/s", Quantity.OfRate(padhye)),
        ];
        const double Apart = 3; // times: where timeouts are few the models differ by half of that
        bool areApart = simple > Apart * padhye;
        if (areApart)
            lines.Add(new("they differ", Text($"a timeout lasts {timeout / roundTrip:#,0} round trips: PFTK lets losses end in it, the others none; TCP with SACK lies between"), simple / padhye, "times", Text($"{simple / padhye:#,0} times")));
        if (rate is { } link)
            lines.Add(areApart ? Between(padhye, simple, link) : new("left of the link", Text($"{simple:#,0} ÷ {link:#,0}"), Math.Min(1, simple / link), "share", Percent(Math.Min(1, simple / link)) + (simple > link ? ": the link is the limit" : "")));
        return lines;

        static Line Between(double least, double most, double link) => new(
            "left of the link",
            Text($"{least:#,0} and {most:#,0} ÷ {link:#,0}"),
            Math.Min(1, least / link),
            "share",
            least >= link ? $"{Percent(1)}: the link is the limit" : $"{Percent(least / link)} to {Percent(Math.Min(1, most / link))}");
    }

    private static List<Line> Timeout(string[] words)
    {
        const double Granularity = 0.001; // of the kernel's clock at 1000 Hz
        if (words.Length is 0 or > 10_000)
            throw Misuse("rto takes round trips such as 50ms 52ms 90ms, or a filter of sockets such as dport = :443");
        if (Quantity.Parse(words[0]) is null)
            return new LiveTimeouts().Of(words);
        (double Smoothed, double Variation)? state = null;
        var lines = new List<Line>();
        foreach (string word in words)
        {
            if (Quantity.Parse(word) is not { Dimension: Dimension.Time, Value: > 0 and var sample })
                throw Misuse($"'{word}' is no round trip such as 50ms");
            state = Formulas.Smooth(state, sample);
            double timeout = Formulas.Timeout(state.Value, Granularity);
            double linux = Formulas.LinuxTimeout(state.Value);
            var line = new Line(
                Text($"after {Quantity.OfTime(sample)}"),
                Text($"SRTT {Quantity.OfTime(state.Value.Smoothed)} + max(1 ms, 4 × RTTVAR {Quantity.OfTime(state.Value.Variation)})"),
                timeout,
                "s",
                Text($"{Quantity.OfTime(timeout)}; Linux {Quantity.OfTime(linux)}"));
            lines.Add(line with { Linux = linux });
        }

        lines.Add(new("floor", "RFC 6298, (2.4); Linux bounds the variation instead, at 200 ms", 1, "s", "1 s"));
        return lines;
    }

    private static List<Line> Ports(string[] words)
    {
        (int first, int last) = new NameTables().EphemeralPorts;
        double wait = 60; // TCP_TIMEWAIT_LEN of Linux
        foreach (string word in words)
        {
            if (word.Split('-') is [var low, var high]
                && int.TryParse(low, NumberStyles.None, CultureInfo.InvariantCulture, out first)
                && int.TryParse(high, NumberStyles.None, CultureInfo.InvariantCulture, out last)
                && first is > 0 and <= 65_535 && last >= first && last <= 65_535)
            {
                continue;
            }

            if (Quantity.Parse(word) is not { Dimension: Dimension.Time, Value: > 0 and var seconds })
                throw Misuse($"'{word}' is neither a range of ports such as 32768-60999 nor a time such as 60s");
            wait = seconds;
        }

        int ports = last - first + 1;
        return
        [
            new("ports", Text($"{last} − {first} + 1"), ports, "", Text($"{ports:#,0}")),
            new("connections a second", Text($"{ports:#,0} ÷ {wait} s in TIME-WAIT"), ports / wait, "1/s", Text($"{ports / wait:#,0.#} to one address and port, if this side closes first")),
        ];
    }

    private static List<Line> SegmentSize(string[] words)
    {
        if (words is not [var first, .. var rest] || Quantity.Parse(first) is not { Dimension: Dimension.Number or Dimension.Size, Value: >= 68 and <= 65_535 and var mtu })
            throw Misuse("mss takes an MTU from 68 to 65535, then tunnels");
        var lines = new List<Line> { new("MTU of the link", "", mtu, "B", Text($"{mtu:0}")) };
        bool isIPv6 = rest.Contains("ipv6") || rest is [.., "6in4" or "sit"];
        if (rest is [.., "ipip", "ipv6"] or ["ipv6", .., "ipip"])
            throw Misuse("ipip carries IPv4 only; 6in4 carries IPv6");
        foreach (string tunnel in rest.Where(word => word is not "ipv6"))
        {
            if (Tunnel.Inside(tunnel, mtu) is not var (inner, formula))
                throw Misuse($"'{tunnel}' is no tunnel that is known: {string.Join(", ", Tunnel.Names)} are");
            lines.Add(new(Text($"inside {tunnel}"), formula, inner, "B", Text($"{inner:0}")));
            mtu = inner;
        }

        int headers = isIPv6 ? 60 : 40;
        if (mtu <= headers)
            throw Misuse("the tunnels leave no room for a segment");
        lines.Add(new("MSS", Text($"{mtu:0} − {headers} (IPv{(isIPv6 ? 6 : 4)} and TCP headers)"), mtu - headers, "B", Text($"{mtu - headers:0}")));
        lines.Add(new("data a segment with timestamps", Text($"{mtu - headers:0} − 12"), mtu - headers - 12, "B", Text($"{mtu - headers - 12:0}")));
        return lines;
    }

    private static List<Line> Latency(Inputs inputs)
    {
        double roundTrip = inputs.Take(Dimension.Time, "a round trip such as 50ms");
        double? distance = inputs.TryTake(Dimension.Distance);
        inputs.End();
        var lines = new List<Line>();
        foreach ((string path, double low, double high, double concern) in Latencies)
        {
            string verdict = roundTrip > concern ? "too long"
                : roundTrip > high ? "longer than usual"
                : roundTrip < low ? "shorter than such paths are"
                : "normal";
            lines.Add(new(path, Text($"{Quantity.OfTime(low)} to {Quantity.OfTime(high)}, of concern from {Quantity.OfTime(concern)}"), roundTrip, "s", verdict) { Verdict = verdict });
        }

        lines.Add(new("farthest in fibre", Text($"{Rounded(roundTrip):0.#########} s × {LightInFibre:#,0} km/s ÷ 2"), roundTrip * LightInFibre / 2, "km", Text($"{roundTrip * LightInFibre / 2:#,0} km")));
        if (distance is { } kilometres)
        {
            double least = 2 * kilometres / LightInFibre;
            lines.Add(new(
                Text($"least for {kilometres:#,0} km"),
                Text($"2 × {kilometres:#,0} km ÷ {LightInFibre:#,0} km/s"),
                least,
                "s",
                roundTrip < least
                    ? Text($"{Quantity.OfTime(least)}: less is impossible; the distance or the measurement is wrong")
                    : Text($"{Quantity.OfTime(least)}: this one takes {roundTrip / least:0.#} times as long")));
        }

        return lines;
    }

    private static void WriteText(List<Line> lines, Stream output)
    {
        int names = lines.Max(line => line.Name.Length);
        int values = lines.Max(line => line.Text.Length);
        var text = new StringBuilder();
        foreach (Line line in lines)
            text.Append(Text($"{line.Name.PadRight(names)}  {line.Text.PadRight(values)}  {(line.Formula.Length > 0 ? $"= {line.Formula}" : "")}").TrimEnd()).Append('\n');
        output.Write(Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static void WriteJson(string kind, List<Line> lines, Stream output)
    {
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("schema", "netwhy.calc/1");
            json.WriteString("calculation", kind);
            json.WriteStartArray("results");
            foreach (Line line in lines)
            {
                json.WriteStartObject();
                json.WriteString("name", line.Name);
                json.WriteNumber("value", Rounded(line.Value));
                json.WriteString("unit", line.Unit);
                json.WriteString("formula", line.Formula);
                json.WriteString("text", line.Text);
                if (line.Linux is { } linux)
                    json.WriteNumber("linux", Rounded(linux));
                if (line.Verdict is { } verdict)
                    json.WriteString("verdict", verdict);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    // What comes of binary fractions is no precision.
    private static double Rounded(double value) => double.Parse(value.ToString("G12", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private static string Percent(double share) => Text($"{share * 100:0.##} %");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static ToolException Misuse(string what) => new(ToolException.WrongUsage, $"{what}; see netwhy calc --help");

    /// <summary>One result, with the formula that led to it.</summary>
    internal sealed record Line(string Name, string Formula, double Value, string Unit, string Text)
    {
        /// <summary>What Linux makes of it, in the same unit; null if that is no other.</summary>
        public double? Linux { get; init; }

        /// <summary>What to think of it; null if it is a mere number.</summary>
        public string? Verdict { get; init; }
    }

    // The quantities of a command line, in any order: their units tell what they are.
    private sealed class Inputs
    {
        private readonly List<Quantity> _quantities;

        public Inputs(IEnumerable<string> words) =>
            _quantities = [.. Joined(words).Select(word => Quantity.Parse(word) ?? throw Misuse($"'{word}' is no quantity such as 1Gbps, 50ms, 64KiB or 1%"))];

        public double Take(Dimension dimension, string what) =>
            TryTake(dimension) ?? throw Misuse(_quantities is [{ Dimension: Dimension.Number, Value: var number }, ..]
                ? Text($"{what} is missing: {number} has no unit")
                : $"{what} is missing");

        public double? TryTake(Dimension dimension)
        {
            int index = _quantities.FindIndex(quantity => quantity.Dimension == dimension);
            if (index < 0)
                index = _quantities.FindIndex(quantity => quantity.Dimension is Dimension.Number && IsPlain(quantity.Value, dimension));
            if (index < 0)
                return null;
            double value = _quantities[index].Value;
            _quantities.RemoveAt(index);
            return value > 0 ? value : throw Misuse($"a {dimension.ToString().ToLowerInvariant()} must be more than nothing");
        }

        // "50 ms" and "1 Gbit/s", in one word or in two.
        private static IEnumerable<string> Joined(IEnumerable<string> words)
        {
            string? number = null;
            foreach (string word in words.SelectMany(word => word.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
            {
                if (number is not null && Quantity.Parse(word) is null && Quantity.Parse(number + word) is not null)
                {
                    yield return number + word;
                    number = null;
                    continue;
                }

                if (number is not null)
                    yield return number;
                number = word;
            }

            if (number is not null)
                yield return number;
        }

        // What a number without a unit can only be: a loss below one, bits a second, octets; but no time.
        private static bool IsPlain(double value, Dimension dimension) => dimension switch
        {
            Dimension.Share => value is > 0 and < 1,
            Dimension.Rate or Dimension.Size => value >= 1,
            _ => false,
        };

        public void End()
        {
            if (_quantities.Count > 0)
                throw Misuse($"one quantity too many (a {_quantities[0].Dimension.ToString().ToLowerInvariant()})");
        }
    }
}
