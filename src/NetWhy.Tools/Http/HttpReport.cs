using System.Globalization;
using System.Text;
using System.Text.Json;
using NetWhy.Evidence;
using NetWhy.Exchanges.Requests;
using NetWhy.Linux;
using NetWhy.Tools.Calc;

namespace NetWhy.Tools.Http;

/// <summary>Writes what requests showed.</summary>
/// <param name="options">What was asked for.</param>
/// <param name="rows">The requests of the waterfall.</param>
/// <param name="run">The repeated ones; null without.</param>
/// <param name="trial">What the first hop says itself; null if it was not asked.</param>
/// <param name="statements">What is to be said of them.</param>
/// <param name="observations">All of it, as evidence.</param>
internal sealed class HttpReport(HttpOptions options, IReadOnlyList<HttpRow> rows, HttpRun? run, ProxyTrial? trial, IReadOnlyList<Statement> statements, IReadOnlyList<Observation> observations)
{
    private const int PipeColumns = 100;
    private const int LabelWidth = 23, NarrowLabelWidth = 8;
    private const int ColumnWidth = 7, NarrowColumnWidth = 6;
    private const int FactWidth = 12;
    private const int MostColumns = 140;
    private const int LongestValue = 200; // characters of a field on the screen: JSON has more
    private const int LongestFact = 800; // characters
    private const int MostShown = 8; // kinds of answers, failures or spells: JSON has all

    private static readonly string[] Columns = ["dns", "conn", "tls", "send", "net", "server", "recv", "total"];

    private readonly StringBuilder _text = new();
    private int _columns = PipeColumns;

    /// <summary>Why the last redirect was not followed, in words; null if it was, or none came, or none was to be followed.</summary>
    internal string? Stop { get; init; }

    /// <summary>Why nothing was repeated, in words; null if it was, or was not to be.</summary>
    internal string? WhyNoRun { get; init; }

    /// <summary>Writes text.</summary>
    /// <param name="host">Where to.</param>
    internal void WriteText(IToolHost host)
    {
        _columns = Math.Min(host.Columns ?? PipeColumns, MostColumns);
        bool isUtf8 = host.HasUtf8;
        IReadOnlyList<HttpRow> shown = run is null ? rows : [.. rows.Where(row => row.IsRedirect), .. rows.Where(row => !row.IsRedirect).TakeLast(1)];
        Heading();
        WriteRows(shown, isUtf8, host.HasColour);
        if (run is not null)
            WriteRun(run);
        (string Left, string Right)[] facts = [.. Facts()];
        int width = facts.Select(fact => fact.Left.Length + 1).Append(FactWidth).Max();
        if (facts.Length > 0)
            _text.Append('\n');
        foreach ((string left, string right) in facts)
        {
            string first = left.PadRight(width);
            foreach (string line in WrappedText.Lines(first, new string(' ', first.Length), Printable.Of(Short(right, LongestFact), isUtf8), _columns))
                _text.Append(line).Append('\n');
        }

        if (statements.Count > 0)
            _text.Append('\n');
        foreach (StatementLine line in StatementOutput.Lines(statements, _columns, isUtf8, isWhole: true))
            _text.Append(line.Text).Append('\n');
        host.Output.Write(Encoding.UTF8.GetBytes(_text.ToString()));
    }

    /// <summary>Writes JSON.</summary>
    /// <param name="output">Where to.</param>
    internal void WriteJson(Stream output)
    {
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("schema", "netwhy.http/1");
            json.WriteString("url", options.Url.AbsoluteUri);
            json.WriteStartArray("requests");
            foreach (HttpRow row in rows)
            {
                RequestSample sample = row.Sample;
                json.WriteStartObject();
                json.WriteString("url", row.Url.AbsoluteUri);
                json.WriteString("address", row.Address.ToString());
                json.WriteBoolean("kept", sample.IsKept);
                if (sample.Status != 0)
                    json.WriteNumber("status", sample.Status);
                json.WriteString("outcome", JsonNamingPolicy.KebabCaseLower.ConvertName(sample.Outcome.ToString()));
                json.WriteStartObject("seconds");
                Write(json, "dns", sample.Name);
                Write(json, "connect", sample.Connect);
                Write(json, "tls", sample.Tls);
                Write(json, "send", sample.Send);
                Write(json, "wait", sample.Wait);
                Write(json, "round_trip", sample.RoundTrip);
                Write(json, "server", sample.Server);
                Write(json, "receive", sample.Receive);
                Write(json, "total", sample.Total);
                json.WriteEndObject();
                json.WriteNumber("body", sample.BodyLength);
                if (row.DecodedLength is { } decoded)
                    json.WriteNumber("decoded", decoded);
                if ((sample.Fault ?? row.CodingFault) is { } fault)
                    json.WriteString("fault", fault);
                if (row.Tls is { } tls)
                    json.WriteString("tls_version", tls.Version);
                if (row.Streams is { MostStreams: { } most })
                    json.WriteNumber("max_concurrent_streams", most);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            if (Stop is not null)
                json.WriteString("redirect_not_followed", Stop);
            if (WhyNoRun is not null)
                json.WriteString("no_run", WhyNoRun);
            json.WriteStartArray("observations");
            foreach (Observation observation in observations)
                JsonSerializer.Serialize(json, observation, EvidenceJson.Default.Observation);
            json.WriteEndArray();
            StatementOutput.WriteJson(json, "statements", statements);
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    private static void Write(Utf8JsonWriter json, string name, TimeSpan? time)
    {
        if (time is { } known)
            json.WriteNumber(name, Math.Round(known.TotalSeconds, 7));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Counted(long count, string what) => Text($"{count:#,0} {what}{(count == 1 ? "" : "s")}");

    private static string Short(string text, int longest) => text.Length <= longest ? text : $"{text[..longest]}...";

    private static string Milliseconds(TimeSpan? time) => time switch
    {
        null => "-",
        { TotalMilliseconds: < 10 } some => Text($"{some.TotalMilliseconds:0.00}"),
        { TotalMilliseconds: < 1000 } some => Text($"{some.TotalMilliseconds:0.0}"),
        { } some => Text($"{some.TotalMilliseconds:0}"),
    };

    // The wait in two: what the way takes, and what the server takes.
    private static TimeSpan? Network(RequestSample sample) => sample is { Wait: { } wait, Server: { } server } ? wait - server : null;

    private static TimeSpan?[] Phases(RequestSample sample) =>
        [sample.Name, sample.Connect, sample.Tls, sample.Send, Network(sample), sample.Server ?? sample.Wait, sample.Receive];

    // Where the usual table does not fit, one with shorter labels and less between the numbers does, down to 56 columns.
    private bool IsNarrow => _columns < LabelWidth + Columns.Length * ColumnWidth;

    private int Indent => IsNarrow ? NarrowLabelWidth : LabelWidth;

    private void Heading()
    {
        _text.Append((IsNarrow ? "ms" : "milliseconds").PadRight(Indent));
        foreach (string column in Columns)
            _text.Append(IsNarrow ? (column is "server" ? "serv" : column).PadLeft(NarrowColumnWidth) : column.PadLeft(ColumnWidth));
        _text.Append('\n');
    }

    private void Numbers(string label, IEnumerable<TimeSpan?> times)
    {
        _text.Append(label.PadRight(Indent));
        foreach (TimeSpan? time in times)
            _text.Append(Milliseconds(time).PadLeft(IsNarrow ? NarrowColumnWidth : ColumnWidth));
        _text.Append('\n');
    }

    private void Line(string text)
    {
        foreach (string line in WrappedText.Lines("", "  ", text, _columns))
            _text.Append(line).Append('\n');
    }

    private void WriteRows(IReadOnlyList<HttpRow> shown, bool isUtf8, bool hasColour)
    {
        if (shown.Count == 0)
            return;
        long start = shown[0].Sample.Began;
        double ticks = TimeSpan.TicksPerSecond / (double)System.Diagnostics.Stopwatch.Frequency;
        TimeSpan Begin(HttpRow row) => TimeSpan.FromTicks((long)((row.Sample.Began - start) * ticks));
        TimeSpan longest = shown.Max(row => Begin(row) + row.Sample.Total);
        HttpRow? before = null;
        foreach (HttpRow row in shown)
        {
            if (before is null || before.Url != row.Url || !before.Address.Equals(row.Address) || before.Sample.Status != row.Sample.Status)
            {
                string title = Short($"{Short(row.Url.AbsoluteUri, LongestValue)} at {ZonedAddress.Text(row.Address)}: {Outcome(row)}", LongestFact);
                Line(Printable.Of(title, isUtf8));
            }

            Numbers($"  {(row.Sample.IsKept ? "kept" : "new")}{(IsNarrow ? "" : " connection")}", [.. Phases(row.Sample), row.Sample.Total]);
            Bar(row.Sample, Begin(row), longest, _columns - Indent, hasColour);
            before = row;
        }
    }

    private void Bar(RequestSample sample, TimeSpan begin, TimeSpan longest, int width, bool hasColour)
    {
        const string Letters = "dctsnSr";
        int[] colours = [36, 33, 35, 34, 34, 31, 32];
        if (longest <= TimeSpan.Zero || width < 10)
            return;
        _text.Append(' ', Indent);
        TimeSpan at = begin;
        int room = sample.IsAnswered ? width : width - 1; // for the mark of a failure
        int written = 0;
        TimeSpan?[] phases = Phases(sample);
        int shown = phases.Count(IsShown); // each has a mark, however long the longest row is
        for (int i = 0; i < phases.Length; i++)
        {
            if (phases[i] is not { } time)
                continue;
            int from = (int)Math.Round(width * (at / longest));
            at += time;
            int to = Math.Min(room - shown, (int)Math.Round(width * (at / longest)));
            if (IsShown(time))
            {
                from = Math.Min(from, room - shown);
                to = Math.Max(Math.Min(to + 1, (int)Math.Round(width * (at / longest))), Math.Max(from, written) + 1);
                shown--;
            }

            if (to <= Math.Max(written, from))
                continue;
            _text.Append(' ', Math.Max(0, from - written));
            int count = to - Math.Max(from, written);
            string bar = new(Letters[i], count);
            _text.Append(hasColour ? Text($"\x1b[{colours[i]}m{bar}\x1b[0m") : bar);
            written = to;
        }

        if (!sample.IsAnswered)
            _text.Append('x');
        _text.Append('\n');
    }

    /// <summary>What came of a request, in words.</summary>
    /// <param name="row">The request.</param>
    internal static string Outcome(HttpRow row)
    {
        RequestSample sample = row.Sample;
        string after = Text($" after {sample.Total.TotalSeconds:0.00} s");
        string fault = sample.Fault is { } text ? $": {text}" : "";
        if (sample.IsAnswered)
        {
            string whereTo = row.IsRedirect ? $" to {Short(row.Field("location")!, LongestValue)}" : "";
            string stopped = sample.StoppedByUs ? Text($"; {(row.IsEndless ? "a stream without an end, " : "")}reading ended after {sample.BodyLength:#,0} octets") : "";
            return $"{row.Exchange.Status} {row.Exchange.Reason}{whereTo}{stopped}{fault}";
        }

        string status = sample.Status == 0 ? "" : Text($"{sample.Status}, then ");
        string length = sample.Stage is ExchangeStage.BodyBegun
            ? Text($" ({sample.BodyLength:#,0} octets{(sample.ExpectedLength >= 0 ? Text($" of {sample.ExpectedLength:#,0}") : "")})")
            : "";
        string rate = sample is { StoppedByUs: true, Stage: ExchangeStage.BodyBegun, Receive: { Ticks: > 0 } time } ? $", {Quantity.OfSize(sample.BodyLength / time.TotalSeconds)} a second" : "";
        return status + InWords(sample.Outcome, sample.Stage, sample.Errno is Errno.OK ? null : sample.Errno.ToString()) + length + fault + rate + after;
    }

    // What the numbers show as more than nothing.
    private static bool IsShown(TimeSpan? time) => time >= TimeSpan.FromMilliseconds(0.005);

    private static string InWords(HttpOutcome outcome, ExchangeStage stage, string? errno) => outcome switch
    {
        _ when stage is ExchangeStage.NotConnected => $"no connection: {ErrnoWords.Of(errno, "failed")}",
        HttpOutcome.NoAnswer => "no answer",
        HttpOutcome.Stalled => "the answer is not whole when its time is over",
        HttpOutcome.ClosedEarly => "closed before the answer",
        HttpOutcome.Truncated => "the answer is cut",
        HttpOutcome.Reset => stage is ExchangeStage.BodyBegun ? "reset in the answer" : "reset before the answer",
        HttpOutcome.Malformed => "malformed",
        _ => errno is null ? "failed" : ErrnoWords.Of(errno),
    };

    /// <summary>In which ways requests of a run failed, and how often, in words; the most frequent first.</summary>
    /// <param name="all">The run.</param>
    internal static string Failures(HttpRun all)
    {
        (long Count, string Way)[] ways =
        [
            .. all.Answers.Where(answer => answer.Status is >= 500 and < 600).GroupBy(answer => answer.Status).Select(group => (group.Sum(answer => answer.Count), Text($"{group.Key}"))),
            .. all.Failures.Select(failure => (failure.Count, $"{InWords(failure.Outcome, failure.Stage, failure.Errno)} at {ZonedAddress.Text(failure.Address)}{(failure.Fault is { } fault ? $": {fault.Split("; ")[0]}" : "")}")),
        ];
        const int MostNamed = 4;
        string rest = ways.Length > MostNamed ? Text($", {ways.Length - MostNamed} more ways") : "";
        return string.Join(", ", ways.OrderByDescending(way => way.Count).Take(MostNamed).Select(way => Text($"{way.Count:#,0} × {way.Way}"))) + rest;
    }

    private void WriteRun(HttpRun all)
    {
        double rate = all.Elapsed > TimeSpan.Zero ? all.Requests / all.Elapsed.TotalSeconds : 0;
        string end = all.WasInterrupted ? " (interrupted)" : all.HasGivenUp ? " (ended: no connection)" : all.WasSilent ? " (ended: no answer)" : "";
        _text.Append('\n');
        Line(Text($"{Counted(all.Requests, "request")} in {all.Elapsed.TotalSeconds:0.00} s, {rate:#,0.#} a second, {all.Concurrency} at once; {Counted(all.Connections, "connection")}{end}"));
        foreach (HttpRunGroup group in all.Groups)
        {
            string failed = group.Failed > 0 ? Text($", {group.Failed:#,0} without a whole answer") : "";
            string errors = group.ServerErrors > 0 ? Text($", {group.ServerErrors:#,0} answered 5xx") : "";
            Line(Text($"{ZonedAddress.Text(group.Address)}, {(group.IsKept ? "kept" : "new")} connections: {Counted(group.Requests, "request")}{failed}{errors}"));
            foreach ((string label, Func<TimeSpread, TimeSpan> pick) in Places)
            {
                TimeSpan? Of(TimeSpread? spread) => spread is null ? null : pick(spread);
                if (group.Total is not null)
                    Numbers(label, [Of(group.Name), Of(group.Connect), Of(group.Tls), Of(group.Send), Of(group.RoundTrip), Of(group.Server ?? group.Wait), Of(group.Receive), Of(group.Total)]);
            }
        }
    }

    private static readonly (string Label, Func<TimeSpread, TimeSpan> Pick)[] Places =
    [
        ("  least", spread => spread.Least), ("  p50", spread => spread.Median), ("  p90", spread => spread.P90), ("  p99", spread => spread.P99), ("  most", spread => spread.Most),
    ];

    private IEnumerable<(string Left, string Right)> Facts()
    {
        HttpRow last = rows[^1];
        if (rows.LastOrDefault(row => row.Sample.IsAnswered) is { } good)
        {
            foreach ((string Left, string Right) fact in FactsOf(good))
                yield return fact;
        }

        if (Stop is not null)
            yield return ("redirect", $"not followed: {Stop}");
        if (WhyNoRun is not null)
            yield return ("run", WhyNoRun);
        if (run is not null)
        {
            if (run.HasGivenUp)
                yield return ("run", Text($"it ended: none of the first {run.Requests:#,0} requests got a connection, and {RequestRun.MostInVain} waited long for one; with --duration it goes on"));
            else if (run.WasSilent)
                yield return ("run", Text($"it ended: none of the first {run.Requests:#,0} requests was answered; with -n it goes on"));
            else if (last.Sample.Stage is ExchangeStage.NotConnected)
                yield return ("run", "the first request got no connection; the others were made nevertheless");
            foreach ((string Left, string Right) fact in FactsOf(run))
                yield return fact;
        }

        if (trial is not null)
        {
            foreach ((string Left, string Right) fact in FactsOf(trial))
                yield return fact;
        }
        else if (run is null && !last.IsRedirect && rows.Count(row => row.Address.Equals(last.Address) && row.Url == last.Url) > 1)
        {
            yield return ("keep-alive", KeepAlive(last));
        }
    }

    private static string KeepAlive(HttpRow last)
    {
        string announced = last.Field("keep-alive") is { } field ? $"; Keep-Alive: {Short(field, LongestValue)}" : "";
        return last.Sample.IsKept
            ? $"the second request went over the connection of the first{announced}"
            : last.Exchange is { Outcome: HttpOutcome.Complete, Fault: not null } ? "no connection was used again: what came too much would be taken for the next answer"
            : $"the server did not keep the connection{(last.Field("connection") is { } value ? $"; Connection: {Short(value, LongestValue)}" : "")}{announced}";
    }

    private static IEnumerable<(string Left, string Right)> FactsOf(HttpRow row)
    {
        string streams = row.Streams switch
        {
            null => "",
            { HasSettings: false } => "; the server did not say how many requests it takes at once over one connection",
            { MostStreams: { } most } => Text($"; the server takes {most:#,0} requests at once over one connection"),
            _ => "; the server takes any number of requests at once over one connection",
        };
        yield return ("protocol", $"{row.Exchange.Version}{(row.Tls is { } tls ? $" over {tls.Version}, {tls.CipherSuite}" : "")}{streams}");
        if (row.Sample is { RoundTrip: { } way, Wait: { } wait, Server: { } server })
            yield return ("first octet", Text($"{Milliseconds(wait)} ms after the request: {Milliseconds(wait - server)} of the way (round trip at least {Milliseconds(way)}), {Milliseconds(server)} of the server, or of a queue or a loss on the way{(row.Sample.Retransmits > 0 ? Text($"; this side sent {row.Sample.Retransmits} segments again") : "")}"));
        string who = string.Join("; ", row.Fields.Where(field => field.Name is "server" or "via" or "x-served-by" or "x-powered-by").Select(field => $"{field.Name}: {Short(field.Value, LongestValue)}"));
        if (who.Length > 0)
            yield return ("made by", who);
        if (row.Field("server-timing") is { } timing)
            yield return ("the server", $"says of itself: {Short(timing, LongestValue)}");
        if (row.Sample.BodyLength > 0)
        {
            string coding = row.Field("content-encoding") is { } name
                ? Text($", coded as {Short(name, LongestValue)}{(row.DecodedLength is { } whole ? Text($": stands for {whole:#,0} ({100.0 * row.Sample.BodyLength / Math.Max(1, whole):0} %)") : "")}")
                : ", not compressed";
            string gap = row.Sample.LongestGap > TimeSpan.FromMilliseconds(100) ? Text($"; it stood still for {Milliseconds(row.Sample.LongestGap)} ms") : "";
            yield return ("body", Text($"{Quantity.OfSize(row.Sample.BodyLength)}{coding}{gap}{(row.CodingFault is { } fault ? $"; {fault}" : "")}"));
        }

        string cache = string.Join("; ", row.Fields.Where(field => field.Name is "cache-control" or "age" or "etag" or "last-modified" or "expires" or "vary" or "x-cache" or "cf-cache-status" or "cache-status").Select(field => $"{field.Name}: {Short(field.Value, LongestValue)}"));
        yield return ("cache", cache.Length > 0 ? cache : "no header says whether the answer may be kept");
    }

    private static IEnumerable<(string Left, string Right)> FactsOf(HttpRun all)
    {
        foreach (HttpRunAnswer answer in all.Answers.Take(MostShown))
        {
            string made = string.Join("; ", answer.Headers.Select(field => $"{field.Key}: {field.Value}"));
            yield return (Text($"{answer.Count:#,0} × {answer.Status}"), $"{answer.Reason}{(made.Length > 0 ? $", {made}" : ", nothing says who made it")}{(answer.Wait is { } wait ? $"; after {Milliseconds(wait.Median)} ms (p50)" : "")}{(answer.Excerpt is { } page ? $"; it begins: {page[..Math.Min(60, page.Length)]}" : "")}");
        }

        foreach (HttpRunFailure failure in all.Failures.Take(MostShown))
        {
            string idle = failure is { LeastIdle: { } least, MostIdle: { } most } ? Text($", idle for {Milliseconds(least)} to {Milliseconds(most)} ms before") : "";
            yield return (Text($"{failure.Count:#,0} failed"), $"{InWords(failure.Outcome, failure.Stage, failure.Errno)} at {ZonedAddress.Text(failure.Address)}, {(failure.IsKept ? "kept" : "new")} connections{idle}{(failure.Fault is { } fault ? $": {fault}" : "")}");
        }

        foreach ((string Left, string Right) fact in all.Streams is { } together ? FactsOf(together) : [])
            yield return fact;
        HttpRunSpell[] spells = [.. all.Spells.Where(spell => spell.Failed > 1)];
        foreach (HttpRunSpell spell in spells.Take(MostShown))
            yield return ("spell", Text($"{spell.Failed} requests to {ZonedAddress.Text(spell.Address)} failed one after the other, {spell.Begin:HH:mm:ss.fff} to {spell.End:HH:mm:ss.fff} UTC"));
        if (all.ClosedWhileIdle > 0)
            yield return ("keep-alive", Text($"the server had closed {all.ClosedWhileIdle:#,0} kept connections before the next request"));
        else if (all.LongestIdle is { } rest)
            yield return ("keep-alive", Text($"connections were kept; the longest rest before an answer was {Milliseconds(rest)} ms"));
    }

    private static IEnumerable<(string Left, string Right)> FactsOf(HttpRunStreams streams)
    {
        if (streams.MostOpen > 1)
        {
            string allows = streams.Allowed is { } most ? Text($"allows {most:#,0}") : streams.HasSettings ? "allows any number" : "did not say how many it allows";
            yield return ("streams", Text($"up to {streams.MostOpen} requests at once over one connection; the server {allows}"));
            yield return ("", Together(streams));
        }

        if (streams.WindowStops > 0)
            yield return ("flow control", Text($"bodies stood still {streams.WindowStops:#,0} times, {Milliseconds(streams.WindowWait)} ms in all, where our window of {OfWindow(streams.Window)} ended: a larger one (--window) waits less"));
        else if (streams.Window > 0)
            yield return ("flow control", $"no body waited for our window of {OfWindow(streams.Window)}");
        if (streams.GoAways.Count > 0)
            yield return ("GOAWAY", $"the server announced the end of connections: {string.Join(", ", streams.GoAways.Select(pair => Text($"{pair.Value:#,0} × {pair.Key}")))}");
        if (streams.Unserved > 0)
            yield return ("asked again", Text($"{Counted(streams.Unserved, "request")} that the server had not looked at, as it said (GOAWAY without error, REFUSED_STREAM): no failures"));
    }

    private static string OfWindow(int octets) => octets switch
    {
        _ when octets % (1 << 20) == 0 => Text($"{octets >> 20:#,0} MiB"),
        _ when octets % (1 << 10) == 0 => Text($"{octets >> 10:#,0} KiB"),
        _ => Text($"{octets:#,0} octets"),
    };

    /// <summary>Says whether requests over one connection are served at once. What came out of its order proves it; times alone give a hint.</summary>
    /// <param name="streams">What HTTP/2 did.</param>
    /// <returns>The words.</returns>
    internal static string Together(HttpRunStreams streams)
    {
        const double Few = 1.5; // times as long as alone
        const double Least = 0.75, Most = 1.5; // of the time that those before it take where it waits for all of them
        const double Small = 0.25; // of the server's time alone: a body that holds up the next one no more than that
        const double Slow = 32_000; // octets a second: links are faster
        TimeSpan visible = TimeSpan.FromMilliseconds(2); // below, the time of the program itself is in it
        if (streams.Overtakes > 0 || streams.Interleaves > 0)
        {
            return Text($"served at once: {streams.Overtakes:#,0} answers were whole before those of earlier requests, and {streams.Interleaves:#,0} times a piece of one came amid the body of another");
        }

        if (streams is not { AloneServer.Median: var alone, AloneReceive.Median: var body, TogetherServer.Median: var together, Beside: var beside })
            return "all answers came in the order of the requests; too few of them to tell whether they are served one after the other";
        string times = Text($"alone the server takes {Milliseconds(alone)} ms, with {beside} others {Milliseconds(together)} ms (p50, without the round trip)");
        double factor = together / alone;
        if (alone < visible)
            return $"in the order of the requests; {times}: too fast to tell whether one waits for the other";
        if (factor <= Few)
            return $"served at once: {times}";
        double rate = streams.AloneOctets / (alone + body).TotalSeconds; // of a link that is all that they wait for: TLS hands a body over when its record is whole
        if (factor > (beside + 1) * Most || body > alone * Small || rate > Slow)
            return $"in the order of the requests, and {times}: they wait for each other, for the server or for a link that is full (alone, {Quantity.OfSize(rate)} a second came)";
        return factor >= (beside + 1) * Least
            ? $"one after the other: in the order of the requests, and {times}. A slow one holds up all behind it; with --http1.1 each has its own connection, and tells whether that helps"
            : $"in the order of the requests, and {times}: they wait for each other in part, for the connection or for what the server has";
    }

    private IEnumerable<(string Left, string Right)> FactsOf(ProxyTrial first)
    {
        HttpExchange own = first.Exchange;
        if (own.Status is not 400)
        {
            yield return ("first hop", Text($"it does not refuse a request with Content-Length: x by 400 ({own.Status?.ToString(CultureInfo.InvariantCulture) ?? "no answer"}), so that its own pages are not known"));
            yield break;
        }

        string server = own.Headers.GetValueOrDefault("server") ?? "no Server";
        yield return ("first hop", Text($"refuses a request with Content-Length: x by 400 ({server}; {string.Join(", ", first.FieldNames)})"));
        foreach (HttpRunAnswer answer in (run?.Answers ?? []).Where(answer => answer.Status >= 500).Take(MostShown))
            yield return (Text($"{answer.Status} made by"), FirstHop.Maker(FirstHop.Of(own, first.FieldNames), run?.Answers ?? [], answer));
    }
}
