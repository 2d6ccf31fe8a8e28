using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using NetWhy.Analysis.Flows;
using NetWhy.Analysis.Tcp;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Captures;
using NetWhy.Linux;

namespace NetWhy.App.Render;

/// <summary>What a report is about.</summary>
/// <param name="File">The capture.</param>
/// <param name="Diagnosis">What is wrong in it.</param>
/// <param name="Capture">What its conversations are.</param>
/// <param name="Listed">The conversations, worst first.</param>
/// <param name="Chosen">Those of them with graphs.</param>
/// <param name="Series">What graphs show.</param>
internal sealed record ReportContent(
    string File, CaptureDiagnosis Diagnosis, CaptureSeries Capture, IReadOnlyList<ConversationTally> Listed, IReadOnlyList<ConversationTally> Chosen, ChosenSeries Series);

/// <summary>Writes what a capture shows as one file of HTML, with graphs, that needs nothing else: no network, no server.</summary>
internal static class ReportPage
{
    private const int MostFindings = 64;
    private const int MostLinks = 16; // streams and packets of a finding
    private const int MostRows = 500; // of the table of conversations: a browser must stay quick

    /// <summary>Makes the page.</summary>
    /// <param name="content">What it is about.</param>
    /// <param name="damage">Why the capture could not be read to its end; null if it could.</param>
    public static string Of(ReportContent content, string? damage)
    {
        (string file, CaptureDiagnosis diagnosis, CaptureSeries capture, IReadOnlyList<ConversationTally> listed, IReadOnlyList<ConversationTally> chosen, ChosenSeries series) = content;
        var html = new StringBuilder(1 << 20);
        // Nothing may be loaded from anywhere, whatever the names in a capture try.
        html.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            .Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\n")
            .Append(CultureInfo.InvariantCulture, $"<title>{Text(Path.GetFileName(file))} \u2013 netwhy</title>\n<style>\n{Resource("report.css")}</style>\n</head>\n<body>\n");
        AppendHead(html, file, capture, damage);
        AppendFindings(html, diagnosis, [.. chosen.Select(one => one.Stream)]);
        AppendTable(html, listed, chosen);
        for (int index = 0; index < chosen.Count; index++)
            AppendConversation(html, chosen[index], series[chosen[index].Stream], index, file);
        AppendHistogram(html, "Response times of HTTP", capture.HttpTimes);
        AppendHistogram(html, "Response times of DNS", capture.DnsTimes);
        html.Append("<div id=\"tip\" role=\"status\"></div>\n<script type=\"application/json\" id=\"data\">").Append(Data(chosen, series))
            .Append("</script>\n<script>\n").Append(Resource("report.js")).Append("</script>\n</body>\n</html>\n");
        return html.ToString();
    }

    private static void AppendHead(StringBuilder html, string file, CaptureSeries capture, string? damage)
    {
        html.Append(CultureInfo.InvariantCulture, $"<h1>{Text(file)}</h1>\n<p>{Words.Count(capture.Packets, "packet")}, {Words.Octets(capture.Octets)}, {Words.Of(Span(capture.LastAt - capture.FirstAt))}");
        if (capture.Packets > 0)
            html.Append(CultureInfo.InvariantCulture, $" from {DateTimeOffset.UnixEpoch.AddTicks(capture.FirstAt / 100):yyyy-MM-dd HH:mm:ss.ffffff} UTC");
        html.Append(CultureInfo.InvariantCulture, $"; {Words.Count(capture.Conversations.Count, "TCP conversation")}.</p>\n");
        if (damage is not null)
            html.Append(CultureInfo.InvariantCulture, $"<p><strong>Not read to its end:</strong> {Text(damage)}</p>\n");
        if (capture.Evicted > 0)
            html.Append(CultureInfo.InvariantCulture, $"<p><strong>Not everything is here:</strong> {capture.Evicted} conversations, or packets of such, were left out to bound memory.</p>\n");
        html.Append("<noscript><p>The graphs need JavaScript; the tables do not.</p></noscript>\n")
            .Append("<p class=\"dim scripted\" hidden>Graphs: drag to zoom, wheel to zoom at the cursor, double click to see all again; by keyboard: + and \u2212, \u2190 and \u2192, 0. Those of a conversation share their time.</p>\n");
    }

    private static void AppendFindings(StringBuilder html, CaptureDiagnosis diagnosis, HashSet<int> linked)
    {
        string sentence = diagnosis.Findings is [var verdict, ..] ? verdict.Finding.Summary : CaptureReport.WithoutFinding(diagnosis);
        html.Append(CultureInfo.InvariantCulture, $"<p class=\"verdict {diagnosis.Status}\"><strong>{diagnosis.Status}:</strong> {Text(sentence)}</p>\n");
        foreach (CaptureFinding found in diagnosis.Findings.Take(MostFindings))
            AppendFinding(html, found, linked);
        if (diagnosis.Findings.Length > MostFindings)
            html.Append(CultureInfo.InvariantCulture, $"<p class=\"dim\">{diagnosis.Findings.Length - MostFindings} more findings are not listed.</p>\n");
        AppendList(html, [.. diagnosis.Notes.Take(MostFindings).Select(note => $"Note: {note.Finding.Summary}"), .. diagnosis.NotObserved.Select(gap => $"Not seen: {gap.What}: {gap.Reason}")]);
    }

    private static void AppendFinding(StringBuilder html, CaptureFinding found, HashSet<int> linked)
    {
        Finding finding = found.Finding;
        html.Append(CultureInfo.InvariantCulture, $"<article class=\"finding {finding.Severity}\">\n<h3>{Text(finding.Summary)}</h3>\n<p class=\"dim\"><code>{Text(finding.Cause)}</code>, {CaptureReport.Sureness(finding)}");
        if (found.Count > 0)
            html.Append(CultureInfo.InvariantCulture, $"; {Words.Count(found.Count, "stream")}: {string.Join(", ", found.Streams.Take(MostLinks).Select(stream => LinkTo(stream, linked)))}{(found.Count > MostLinks ? ", \u2026" : "")}");
        if (finding.Packets.Length > 0)
            html.Append(CultureInfo.InvariantCulture, $"; packets {string.Join(", ", finding.Packets.Take(MostLinks))}{(finding.Packets.Length > MostLinks ? ", \u2026" : "")}");
        html.Append("</p>\n");
        AppendList(html, [.. CaptureReport.Proof(finding).Select(reason => reason.Reading)]);
        foreach (Remedy remedy in finding.Remedies)
            html.Append(CultureInfo.InvariantCulture, $"<p><strong>Do:</strong> {Text(remedy.Sentence)}{(remedy.Command is { } command ? $"<br><code>{Text(command)}</code>" : "")}</p>\n");
        foreach (string next in finding.Next)
            html.Append(CultureInfo.InvariantCulture, $"<p><strong>Next:</strong> {Text(next)}</p>\n");
        html.Append("</article>\n");
    }

    private static void AppendList(StringBuilder html, IReadOnlyList<string> lines)
    {
        if (lines.Count == 0)
            return;
        html.Append("<ul>\n");
        foreach (string line in lines)
            html.Append(CultureInfo.InvariantCulture, $"<li>{Text(line)}</li>\n");
        html.Append("</ul>\n");
    }

    private static string LinkTo(int stream, HashSet<int> linked)
    {
        string name = stream.ToString(CultureInfo.InvariantCulture);
        return linked.Contains(stream) ? $"<a href=\"#stream-{name}\">{name}</a>" : name;
    }

    private static void AppendTable(StringBuilder html, IReadOnlyList<ConversationTally> listed, IReadOnlyList<ConversationTally> chosen)
    {
        html.Append("<h2>TCP conversations, the worst first</h2>\n<div class=\"scroll\"><table>\n<thead><tr><th>stream</th><th class=\"text\">first end</th><th class=\"text\">second end</th><th>begins</th><th>lasts</th><th>packets</th><th>octets \u2192</th><th>octets \u2190</th><th>round trip</th><th>sent again</th><th>timeouts</th><th>closed windows</th><th>duplicate ACKs</th><th>resets</th></tr></thead>\n<tbody>\n");
        HashSet<int> linked = [.. chosen.Select(one => one.Stream)];
        long first = listed.Count > 0 ? listed.Min(one => one.FirstAt) : 0;
        foreach (ConversationTally one in listed.Take(MostRows))
        {
            html.Append(CultureInfo.InvariantCulture, $"<tr><td>{LinkTo(one.Stream, linked)}</td><td class=\"text\">{Text(NameOf(one.First))}</td><td class=\"text\">{Text(NameOf(one.Second))}</td>")
                .Append(CultureInfo.InvariantCulture, $"<td>{(one.FirstAt - first) / 1e9:0.000} s</td><td>{Words.Of(Span(one.LastAt - one.FirstAt))}</td><td>{one.Packets}</td><td>{one.OctetsOfFirst}</td><td>{one.OctetsOfSecond}</td>")
                .Append(CultureInfo.InvariantCulture, $"<td>{(one.InitialRoundTrip > 0 ? Words.Of(Span(one.InitialRoundTrip)) : "")}</td>{Bad(one.Repeats)}{Bad(one.Timeouts)}{Bad(one.ZeroWindows)}<td>{one.Duplicates}</td>{Bad(one.Resets)}</tr>\n");
        }

        html.Append("</tbody></table></div>\n");
        if (listed.Count > MostRows)
            html.Append(CultureInfo.InvariantCulture, $"<p class=\"dim\">{listed.Count - MostRows} more are not listed.</p>\n");
    }

    private static string Bad(long count) => string.Create(CultureInfo.InvariantCulture, $"<td{(count > 0 ? " class=\"bad\"" : "")}>{count}</td>");

    private static void AppendConversation(StringBuilder html, ConversationTally one, (StreamSeries OfFirst, StreamSeries OfSecond) series, int index, string file)
    {
        (string first, string second) = (Text(NameOf(one.First)), Text(NameOf(one.Second)));
        string number = one.Stream.ToString(CultureInfo.InvariantCulture);
        html.Append(CultureInfo.InvariantCulture, $"<section data-index=\"{index}\" id=\"stream-{number}\">\n<h2>Stream {number}: {first} and {second}</h2>\n")
            .Append(CultureInfo.InvariantCulture, $"<p>{Words.Count(one.Packets, "packet")} in {Words.Of(Span(one.LastAt - one.FirstAt))}; {Words.Count(one.Repeats, "segment")} sent again, {one.Timeouts} of them after a timeout; {Words.Count(one.ZeroWindows, "closed window")}; {Words.Count(one.Resets, "reset")}. Packet by packet: <code>netwhy analyze {Text(file)} --stream {number}</code></p>\n");
        if (series.OfFirst.IsThinned || series.OfSecond.IsThinned)
            html.Append("<p class=\"dim\">It is long: neighbouring points are shown as one, the least and the greatest of them stay.</p>\n");
        if (series.OfFirst.Omitted + series.OfSecond.Omitted is > 0 and var omitted)
            html.Append(CultureInfo.InvariantCulture, $"<p class=\"dim\">{omitted} marked segments and SACK blocks behind the first thousands are not drawn.</p>\n");
        html.Append(CultureInfo.InvariantCulture, $"<div class=\"ways scripted\" hidden><button type=\"button\">{first} \u2192 {second}</button> <button type=\"button\">{second} \u2192 {first}</button></div>\n<div class=\"charts scripted\" hidden>\n");
        AppendChart(html, "sequence", "Time and sequence", "wide", ("data", "data"), ("ack", "acknowledged"), ("win", "window ends"), ("sack", "SACK"), ("bad", "sent again"), ("order", "overtaken, or captured twice"));
        AppendChart(html, "throughput", "Throughput", "", ("data", "data, repetitions included"));
        AppendChart(html, "roundtrip", "Round trip, from here to the receiver and back", "", ("ack", "segment to its ACK"));
        AppendChart(html, "window", "Window and octets in flight", "wide", ("win", "receiver's window"), ("data", "in flight"));
        html.Append("</div>\n</section>\n");
    }

    private static void AppendChart(StringBuilder html, string name, string title, string look, params ReadOnlySpan<(string Colour, string Meaning)> keys)
    {
        html.Append(CultureInfo.InvariantCulture, $"<figure class=\"{look}\"><figcaption>{title}");
        foreach ((string colour, string meaning) in keys)
            html.Append(CultureInfo.InvariantCulture, $" <span class=\"key\"><i style=\"background:var(--{colour})\"></i>{meaning}</span>");
        html.Append(CultureInfo.InvariantCulture, $"</figcaption><canvas data-chart=\"{name}\" aria-label=\"{title}\"></canvas></figure>\n");
    }

    // Bars of text and CSS: they need no script.
    private static void AppendHistogram(StringBuilder html, string title, TimeHistogram times)
    {
        if (times.Total == 0)
            return;
        html.Append(CultureInfo.InvariantCulture, $"<section>\n<h2>{title}</h2>\n<p>{Words.Count(times.Total, "response")}, the longest after {Words.Of(Span(times.Longest))} (packet {times.LongestPacket}).</p>\n<table>\n<thead><tr><th>from</th><th>responses</th><th class=\"text\">share</th></tr></thead>\n<tbody>\n");
        int from = 0, to = times.Counts.Length - 1;
        while (times.Counts[from] == 0)
            from++;
        while (times.Counts[to] == 0)
            to--;
        long most = 0;
        foreach (long count in times.Counts)
            most = Math.Max(most, count);
        for (int index = from; index <= to; index++)
        {
            long count = times.Counts[index];
            html.Append(CultureInfo.InvariantCulture, $"<tr><td>{Words.Of(TimeSpan.FromSeconds(TimeHistogram.From(index)))}</td><td>{count}</td><td class=\"text\"><span style=\"display:inline-block;height:.9em;width:{20.0 * count / most:0.##}rem;background:var(--data);vertical-align:-.1em\"></span> {Words.Percent(count, times.Total)}</td></tr>\n");
        }

        html.Append("</tbody></table>\n</section>\n");
    }

    private static string Data(IReadOnlyList<ConversationTally> chosen, ChosenSeries series)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("streams");
            foreach (ConversationTally one in chosen)
            {
                json.WriteStartObject();
                json.WriteNumber("duration", one.LastAt - one.FirstAt);
                json.WriteStartArray("ways");
                WriteWay(json, series[one.Stream].OfFirst, one.OctetsOfFirst);
                WriteWay(json, series[one.Stream].OfSecond, one.OctetsOfSecond);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static void WriteWay(Utf8JsonWriter json, StreamSeries way, long octets)
    {
        json.WriteStartObject();
        json.WriteNumber("octets", octets);
        json.WriteNumber("binLength", way.BinLength);
        json.WriteStartArray("bins");
        ReadOnlySpan<long> bins = way.Bins;
        foreach (long bin in bins[..(bins.LastIndexOfAnyExcept(0) + 1)])
            json.WriteNumberValue(bin);
        json.WriteEndArray();
        WriteSegments(json, "segments", way.Segments);
        WriteSegments(json, "marked", way.Marked);
        WritePoints(json, "acknowledged", way.Acknowledged);
        WritePoints(json, "limits", way.Limits);
        WritePoints(json, "windows", way.Windows);
        WritePoints(json, "inFlight", way.InFlight);
        WritePoints(json, "roundTrips", way.RoundTrips);
        json.WriteStartArray("blocks");
        foreach (SeriesBlock block in way.Blocks)
            WriteRow(json, block.At, block.Start, block.End - block.Start, block.Packet);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteSegments(Utf8JsonWriter json, string name, IReadOnlyList<SeriesSegment> segments)
    {
        json.WriteStartArray(name);
        foreach (SeriesSegment one in segments)
            WriteRow(json, one.From, one.To - one.From, one.Start, one.End - one.Start, one.Packet, NumberOf(one.Verdict));
        json.WriteEndArray();
    }

    // The order of the script's list of verdicts.
    private static long NumberOf(TcpVerdict verdict) => verdict switch
    {
        TcpVerdict.None => 0,
        TcpVerdict.RetransmissionTimeout => 1,
        TcpVerdict.RetransmissionFast => 2,
        TcpVerdict.RetransmissionSack => 3,
        TcpVerdict.TailLossProbe => 4,
        TcpVerdict.RetransmissionSpurious => 5,
        TcpVerdict.Reordering => 7,
        TcpVerdict.DuplicateCapture => 8,
        _ => 6,
    };

    private static void WritePoints(Utf8JsonWriter json, string name, IReadOnlyList<SeriesPoint> points)
    {
        json.WriteStartArray(name);
        foreach (SeriesPoint one in points)
            WriteRow(json, one.At, one.Value, one.Packet);
        json.WriteEndArray();
    }

    private static void WriteRow(Utf8JsonWriter json, params ReadOnlySpan<long> values)
    {
        json.WriteStartArray();
        foreach (long value in values)
            json.WriteNumberValue(value);
        json.WriteEndArray();
    }

    private static string Resource(string name)
    {
        using Stream stream = typeof(ReportPage).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static string Text(string foreign) => WebUtility.HtmlEncode(Printable.Of(foreign, isUtf8: true));

    private static TimeSpan Span(long nanoseconds) => TimeSpan.FromTicks(nanoseconds / 100);

    private static string NameOf(TcpEndpoint end) => SegmentWords.Of(end);
}
