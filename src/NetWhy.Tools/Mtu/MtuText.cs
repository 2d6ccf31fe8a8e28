using System.Globalization;
using System.Text;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Paths;

namespace NetWhy.Tools.Mtu;

/// <summary>Writes what was found as text.</summary>
internal static class MtuText
{
    private const int PipeColumns = 100;

    /// <summary>Writes it.</summary>
    /// <param name="findings">What was found.</param>
    /// <param name="statements">What is to be said of it.</param>
    /// <param name="host">Where to.</param>
    internal static void Write(MtuFindings findings, IReadOnlyList<Statement> statements, IToolHost host)
    {
        var text = new StringBuilder();
        foreach (string line in WrappedText.Lines("", "  ", Printable.Of(Head(findings), host.HasUtf8), host.Columns ?? int.MaxValue))
            text.Append(line).Append('\n');
        List<(string Left, string Right)> rows = [.. Rows(findings)];
        int width = rows.Select(row => row.Left.Length).DefaultIfEmpty(0).Max();
        foreach ((string left, string right) in rows)
        {
            string first = Text($"  {left.PadRight(width)}  ");
            foreach (string line in WrappedText.Lines(first, new string(' ', first.Length), Printable.Of(right, host.HasUtf8), host.Columns ?? int.MaxValue))
                text.Append(line).Append('\n');
        }

        if (findings.Echo is { Hops: { Count: > 0 } hops })
            WriteHops(hops, text);
        if (statements.Count > 0)
            text.Append('\n');
        foreach (StatementLine line in StatementOutput.Lines(statements, host.Columns ?? PipeColumns, host.HasUtf8, isWhole: true))
            text.Append(line.Text).Append('\n');
        host.Output.Write(Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static string Head(MtuFindings findings)
    {
        string target = ZonedAddress.Named(findings.Question.Host, findings.Question.Address);
        if (findings.IsLocal)
            return Text($"{target} is this machine: there is no path.");
        return findings.Answer switch
        {
            (var mtu, ("echo" or "udp") and var by) when (by is "echo" ? findings.Echo : findings.Forward)?.Bounds() is var (_, lost) && lost - mtu > 1 =>
                Text($"Path MTU to {target}: from {mtu} to {lost - 1} octets; nothing told it exactly"),
            (var mtu, "echo" or "udp") => Text($"Path MTU to {target}: {mtu} octets, shown by {Listed(findings.Proofs)}"),
            (var mtu, _) => Text($"Path MTU to {target}: at least {mtu} octets, as TCP shows; echo and UDP are not answered"),
            _ => Text($"Path MTU to {target}: not known; not even packets of {PathMtuSearch.Small} octets are answered: netwhy {findings.Question.Host} tells why"),
        };
    }

    private static IEnumerable<(string Left, string Right)> Rows(MtuFindings findings)
    {
        if (findings.Link is not { IsLoopback: false } link)
            yield break;
        yield return (Text($"interface {link.Name}"), Text($"{link.Mtu}{(link.LinkKind is { } kind ? $" ({kind})" : "")}"));
        if (findings.Route.Mtu is { } remembered)
            yield return (findings.Route.Expires is null ? "route" : "kernel remembers", Text($"{remembered}{(findings.Route.Expires is { } time ? Text($", for {time.TotalSeconds:0} s more (ip route get {ZonedAddress.Text(findings.Question.Address)})") : " (ip route)")}"));
        if (findings.Echo is { } echo)
            yield return ("echo", InWords(echo));
        else if (findings.NotAllowed is { } reason)
            yield return ("echo", Text($"not allowed ({reason}): needs CAP_NET_RAW, or as root: sysctl -w net.ipv4.ping_group_range='0 2147483647'"));
        if (findings.Forward is { } forward)
            yield return ("UDP", InWords(forward));
        if (findings.Fragments is { } fragments)
            yield return ("in fragments", InWords(fragments));
        foreach ((IcmpError error, int? hop) in findings.Told)
            yield return ("told by", Text($"{ZonedAddress.Text(error.Offender)}{(error.IsOwnAddress ? " (this machine)" : hop is { } number ? Text($", hop {number}") : "")}: MTU {error.Mtu}"));
        foreach ((string Left, string Right) row in OfTcp(findings))
            yield return row;
        if (findings.Tunnels is { Count: > 0 } tunnels && findings.Answer is (var mtu, _))
            yield return (Text($"{mtu} octets"), Text($"what {string.Join(" or ", tunnels)} leaves of {findings.AroundTunnel}"));
    }

    private static IEnumerable<(string Left, string Right)> OfTcp(MtuFindings findings)
    {
        if (findings.Connection is null && findings.Answer is null)
            yield break; // nothing is answered: the way there is the matter
        if (findings.Connection is not { } connection)
        {
            yield return ("way back", Text($"not tried: replies may come in fragments. A port with TCP shows it: netwhy mtu {findings.Question.Host} -p PORT, or the URL of a large file"));
            yield break;
        }

        if (connection.Outcome is not ConnectOutcome.Connected)
        {
            yield return (Text($"TCP port {connection.Port}"), connection.Errno is { } errno ? Text($"not connected: {ErrnoWords.Of(errno)}{(connection.Icmp is { } icmp ? $", as {icmp.Offender} says: {icmp.InWords()}" : "")}") : Text($"no answer: netwhy {Endpoint(findings)} tells why"));
            yield break;
        }

        yield return (Text($"TCP port {connection.Port}"), Text($"asks for segments of {connection.SendMss} octets, in packets of {connection.SendMss + findings.SegmentHeaders}{Clamped(findings, connection)}"));
        if (findings.Uploads.Length > 0)
        {
            UploadTrial[] lost = [.. findings.Uploads.Where(trial => !trial.IsAcknowledged)];
            string passes = findings.LargestSent is { } size ? Text($"packets of {size} acknowledged") : "none acknowledged";
            yield return ("TCP, there", lost.Length == 0 ? passes : Text($"{passes}, of {lost.Min(trial => trial.SendMss) + findings.SegmentHeaders} not"));
        }

        if (findings.Answers.FirstOrDefault(trial => trial.SegmentSize == 0) is { } answer)
        {
            string of = answer.Resource is { } resource ? Text($" ({(resource.Length > 40 ? "the answer to a long path" : resource)})") : "";
            yield return ("TCP, back", findings.Back is var (passed, lost) ? Text($"packets of {passed} arrive, of {lost} not{of}")
                : findings.IsBackTried && findings.LargestReceived is { } size ? Text($"segments of {size} arrived, in packets of {size + findings.SegmentHeaders}{of}")
                : answer.OctetsReceived > 0 ? Text($"not tried: the largest answer had {findings.AnswerOctets} octets, which needs no full segment. {Larger(findings)}")
                : findings.Answers.Any(trial => trial.OctetsReceived > 0) ? "nothing arrives, unless segments are small"
                : Text($"not tried: the application does not answer. {Larger(findings)}"));
        }
    }

    private static string Endpoint(MtuFindings findings) => new System.Net.IPEndPoint(findings.Question.Address, findings.Question.Port ?? 0).ToString();

    private static string Larger(MtuFindings findings) => Text($"Name something larger there: netwhy mtu {(findings.Question.IsTls ? "https" : "http")}://{(findings.Question.Host.Contains(':') ? $"[{findings.Question.Host}]" : findings.Question.Host)}{(findings.Question.Port is { } port and not (80 or 443) ? Text($":{port}") : "")}/FILE");

    private static string Listed(IReadOnlyList<string> words) => words.Count < 2 ? string.Concat(words) : $"{string.Join(", ", words.SkipLast(1))} and {words[^1]}";

    // The host's own interface may be narrower than the path, or a router changes what it asks for.
    private static string Clamped(MtuFindings findings, ConnectAttempt connection) =>
        findings.Answer is (var mtu, "echo" or "udp") && connection.SendMss + findings.SegmentHeaders < mtu && findings.Route.Mtu is null
            ? Text($", where {mtu} pass: its interface, or a router that clamps segments, asks for less")
            : "";

    private static string InWords(SizedPacketSeries series)
    {
        if (MtuFindings.LargestOf(series) is not { } passed)
        {
            return series.Trials.Select(trial => trial.Error).OfType<IcmpError>().FirstOrDefault() is { } error
                ? Text($"not answered: {error.Offender} says {error.InWords()}")
                : series.Trials.Select(trial => trial.Errno).OfType<string>().FirstOrDefault() is { } errno
                    ? Text($"not sent: {ErrnoWords.Of(errno)}")
                    : "not answered";
        }

        if (series.Untold is { Count: > 0 } untold)
        {
            SizeTrial[] all = [.. series.Trials, .. untold];
            return Text($"{passed} passes; of {untold.Max(trial => trial.Size)}, answers come too seldom to tell ({all.Sum(trial => trial.Answered)} of {all.Sum(trial => trial.Sent)} came: hosts limit them)");
        }

        if (series.Bounds() is not var (_, lost))
            return Text($"{passed} passes");
        SizeTrial trial = series.Trials.First(trial => trial.Size == lost);
        return Text($"{passed} passes, {lost} does not{(trial.Errno is { } refused ? Text($": {ErrnoWords.Of(refused)}") : trial.Error is null ? Text($" ({trial.Sent} sent, and no word)") : "")}");
    }

    private static void WriteHops(IReadOnlyList<SizedHop> all, StringBuilder text)
    {
        int[] sizes = [.. all.Select(hop => hop.Size).Distinct().Order()];
        int last = all.Where(hop => hop.IsDestination).Select(hop => hop.Ttl)
            .DefaultIfEmpty(all.Where(hop => hop.Node is not null).Select(hop => hop.Ttl).DefaultIfEmpty(0).Max()).Min();
        int width = Math.Max(4, all.Select(hop => hop.Node is { } node ? ZonedAddress.Text(node).Length : 1).Max());
        text.Append('\n').Append(Text($"  hop  {"node".PadRight(width)}")).Append(string.Concat(sizes.Select(size => Text($"  {size,7}")))).Append('\n');
        foreach (var hops in all.Where(hop => hop.Ttl <= last).GroupBy(hop => hop.Ttl))
        {
            string node = hops.FirstOrDefault(hop => hop.Node is not null && hop.Error is null)?.Node is { } answering ? Printable.Of(ZonedAddress.Text(answering), isUtf8: false) : "*";
            text.Append(Text($"  {hops.Key,3}  {node.PadRight(width)}"));
            foreach (int size in sizes)
            {
                SizedHop? hop = hops.FirstOrDefault(hop => hop.Size == size);
                text.Append(Text($"  {(hop is null ? "" : hop.Error is { Mtu: > 0 and var told } ? Text($"MTU {told}") : hop.Answered > 0 ? "ok" : "*"),7}"));
            }

            text.Append('\n');
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
