using System.Text.Json;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Paths;
using NetWhy.Wire;

namespace NetWhy.Tools.Ping;

/// <summary>Keeps what happens, and writes it as one JSON object at the end.</summary>
/// <param name="options">How.</param>
/// <param name="session">What is pinged.</param>
internal sealed class PingJson(PingOptions options, PingSession session) : IEchoWatcher
{
    private const int MostEntries = 1 << 16; // of each list: a ping that runs for days must not fill the memory

    private readonly List<Reply> _replies = [];
    private readonly List<Problem> _problems = [];
    private long _repliesLeftOut;
    private long _problemsLeftOut;

    /// <inheritdoc/>
    public void Sent()
    {
        // The counts tell.
    }

    /// <inheritdoc/>
    public void Unanswered(ushort sequence)
    {
        // A request without a reply is missing in the list of replies.
    }

    /// <inheritdoc/>
    public void Idle()
    {
        // No status lines.
    }

    /// <inheritdoc/>
    public void Replied(EchoMessage message, long? roundTrip, EchoStanding standing, int? altered)
    {
        if (_replies.Count < MostEntries)
            _replies.Add(new(message.Sequence, roundTrip, message.Ttl, ZonedAddress.Text(message.Source), message.Data.Length + IcmpHeader.Size, standing, altered));
        else
            _repliesLeftOut++;
    }

    /// <inheritdoc/>
    public void Redirected(EchoMessage message) =>
        Add(new(message.Sequence, ZonedAddress.Text(message.Source), IcmpWords.OfRedirect(message.Redirect.Code), 5, message.Redirect.Code, null));

    /// <inheritdoc/>
    public void Failed(QueuedError error, ushort? sequence)
    {
        if (error.IsIcmp)
        {
            string words = session.IsV6 ? IcmpWords.Of6(error.Type, error.Code, error.Information) : IcmpWords.Of(error.Type, error.Code, error.Information);
            Add(new(sequence, ZonedAddress.Text(error.Offender), words, error.Type, error.Code, null));
        }
        else
        {
            Add(new(sequence, null, LinuxException.Describe(error.Errno), null, null, error.Errno));
        }
    }

    /// <inheritdoc/>
    public void Refused(ushort sequence, Errno refusal) => Add(new(sequence, null, LinuxException.Describe(refusal), null, null, refusal));

    /// <summary>Writes the object.</summary>
    /// <param name="sender">What sent.</param>
    /// <param name="pathMtu">MTU of the path, where an error told it.</param>
    /// <param name="exitCode">What the process exits with.</param>
    /// <param name="output">Where to.</param>
    internal void Write(EchoSender sender, long? pathMtu, int exitCode, Stream output)
    {
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("schema", "netwhy.ping/1");
            json.WriteString("target", session.Name);
            json.WriteString("address", ZonedAddress.Text(session.Destination));
            if (options.Device is { } device)
                json.WriteString("device", device);
            json.WriteString("socket", session.Socket.IsRaw ? "raw" : "ping");
            json.WriteNumber("dataOctets", options.Size);
            WriteCounts(json, sender);
            if (pathMtu is { } mtu)
                json.WriteNumber("pathMtu", mtu);
            WriteTimes(json, sender.Tally);
            WriteReplies(json);
            WriteProblems(json);
            json.WriteNumber("exitCode", exitCode);
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    private static void WriteCounts(Utf8JsonWriter json, EchoSender sender)
    {
        EchoTally tally = sender.Tally;
        json.WriteNumber("sent", tally.Sent);
        json.WriteNumber("received", tally.Received);
        json.WriteNumber("duplicates", tally.Duplicates);
        json.WriteNumber("reordered", tally.Reordered);
        json.WriteNumber("corrupted", tally.Corrupted);
        json.WriteNumber("altered", tally.Altered);
        json.WriteNumber("errors", tally.Errors);
        json.WriteNumber("durationMs", Math.Round(sender.Elapsed.TotalMilliseconds, 3));
        if (tally.Sent == 0)
            return;
        (double least, double most) = LossEstimate.Interval(tally.Sent - tally.Received, tally.Sent);
        json.WriteNumber("lossPercent", Math.Round(tally.Loss * 100, 4));
        json.WriteStartObject("lossInterval95");
        json.WriteNumber("leastPercent", Math.Round(least * 100, 4));
        json.WriteNumber("mostPercent", Math.Round(most * 100, 4));
        json.WriteEndObject();
    }

    private static void WriteTimes(Utf8JsonWriter json, EchoTally tally)
    {
        if (tally.Percentiles([0.5, 0.9, 0.95, 0.99]) is not { } shares)
            return;
        json.WriteStartObject("rtt");
        foreach ((string name, long time) in new[]
        {
            ("minMs", tally.Least), ("avgMs", tally.Mean), ("maxMs", tally.Most), ("mdevMs", tally.Deviation), ("ewmaMs", tally.Smoothed),
            ("p50Ms", shares[0]), ("p90Ms", shares[1]), ("p95Ms", shares[2]), ("p99Ms", shares[3]),
        })
        {
            json.WriteNumber(name, time / 1000.0);
        }

        json.WriteEndObject();
    }

    private void WriteReplies(Utf8JsonWriter json)
    {
        json.WriteStartArray("replies");
        foreach (Reply reply in _replies)
        {
            json.WriteStartObject();
            json.WriteNumber("seq", reply.Sequence);
            if (reply.RoundTrip is { } time)
                json.WriteNumber("timeMs", time / 1000.0);
            if (reply.Ttl is { } ttl)
                json.WriteNumber("ttl", ttl);
            json.WriteString("from", reply.Source);
            json.WriteNumber("octets", reply.Octets);
            if (reply.Standing is not EchoStanding.First)
                json.WriteBoolean(reply.Standing switch { EchoStanding.Duplicate => "duplicate", EchoStanding.Reordered => "reordered", _ => "corrupted" }, true);
            if (reply.Altered is { } octet)
                json.WriteNumber("alteredOctet", octet);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (_repliesLeftOut > 0)
            json.WriteNumber("repliesLeftOut", _repliesLeftOut);
    }

    private void WriteProblems(Utf8JsonWriter json)
    {
        json.WriteStartArray("problems");
        foreach (Problem problem in _problems)
        {
            json.WriteStartObject();
            if (problem.Sequence is { } sequence)
                json.WriteNumber("seq", sequence);
            if (problem.Source is { } source)
                json.WriteString("from", source);
            json.WriteString("text", problem.Text);
            if (problem is { Type: { } type, Code: { } code })
            {
                json.WriteNumber("icmpType", type);
                json.WriteNumber("icmpCode", code);
            }

            if (problem.Errno is { } errno)
                json.WriteString("errno", errno.ToString());
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (_problemsLeftOut > 0)
            json.WriteNumber("problemsLeftOut", _problemsLeftOut);
    }

    private void Add(Problem problem)
    {
        if (_problems.Count < MostEntries)
            _problems.Add(problem);
        else
            _problemsLeftOut++;
    }

    private readonly record struct Reply(ushort Sequence, long? RoundTrip, int? Ttl, string Source, int Octets, EchoStanding Standing, int? Altered);

    private readonly record struct Problem(ushort? Sequence, string? Source, string Text, byte? Type, byte? Code, Errno? Errno);
}
