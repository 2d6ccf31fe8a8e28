using System.Globalization;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Captures;
using NetWhy.Evidence;

namespace NetWhy.App.Render;

/// <summary>A diagnosis of captures as it is shown.</summary>
/// <param name="Diagnosis">The diagnosis.</param>
/// <param name="Files">The captures, as they were named; empty for a live one.</param>
/// <param name="Elapsed">How long it took.</param>
internal sealed record ShownCapture(CaptureDiagnosis Diagnosis, IReadOnlyList<string> Files, TimeSpan Elapsed)
{
    /// <summary>The one file that further commands can look at; null if there is none.</summary>
    public string? File => Files is [not "-" and var only] ? only : null;
}

/// <summary>How a diagnosis of captures is shown.</summary>
/// <param name="AsJson">Whether for a program.</param>
/// <param name="IsVerbose">Whether with everything, however long.</param>
/// <param name="RefusesColour">Whether the user refused colour.</param>
internal sealed record CaptureStyle(bool AsJson, bool IsVerbose, bool RefusesColour);

/// <summary>A diagnosis of captures for a person: at most one screen, unless everything is asked for.</summary>
internal static class CaptureReport
{
    private const int MarkWidth = 9;

    private static readonly Limits Everything = new(int.MaxValue, int.MaxValue, int.MaxValue, true, int.MaxValue, 64);

    // What does not fit the screen is shortened step by step; the verdict never.
    private static readonly Limits[] Steps =
    [
        new(Reasons: 5, Others: 6, OtherReasons: 1, HasOtherRemedies: true, Notes: 4, Packets: 8),
        new(Reasons: 4, Others: 6, OtherReasons: 1, HasOtherRemedies: false, Notes: 3, Packets: 8),
        new(Reasons: 3, Others: 5, OtherReasons: 0, HasOtherRemedies: false, Notes: 2, Packets: 6),
        new(Reasons: 3, Others: 4, OtherReasons: 0, HasOtherRemedies: false, Notes: 1, Packets: 6),
        new(Reasons: 2, Others: 3, OtherReasons: 0, HasOtherRemedies: false, Notes: 1, Packets: 4),
        new(Reasons: 2, Others: 2, OtherReasons: 0, HasOtherRemedies: false, Notes: 0, Packets: 4, IsDense: true),
        new(Reasons: 1, Others: 1, OtherReasons: 0, HasOtherRemedies: false, Notes: 0, Packets: 4, IsDense: true),
    ];

    /// <summary>Shows it on standard output.</summary>
    /// <param name="shown">The diagnosis.</param>
    /// <param name="style">How.</param>
    /// <returns>What to exit with.</returns>
    public static int Write(ShownCapture shown, CaptureStyle style)
    {
        int exitCode = Report.ExitCodeOf(shown.Diagnosis.Status);
        if (style.AsJson)
            JsonOutput.Write("netwhy.capture/1", json => CaptureJson.Write(json, shown, exitCode));
        else
            Terminal.WriteOutput(Of(shown, style.IsVerbose, Terminal.Screen).ToText(Terminal.HasColour(style.RefusesColour)));
        return exitCode;
    }

    /// <summary>The diagnosis as a page.</summary>
    /// <param name="shown">The diagnosis.</param>
    /// <param name="isVerbose">Whether with everything.</param>
    /// <param name="screen">The screen to fit.</param>
    internal static Page Of(ShownCapture shown, bool isVerbose, Screen screen)
    {
        if (isVerbose)
            return Of(shown, Everything, screen);
        IEnumerable<Page> attempts = Steps.Where(limits => screen.IsTerminal || !limits.IsDense).Select(limits => Of(shown, limits, screen));
        return attempts.FirstOrDefault(page => page.Lines.Count <= screen.Height) ?? attempts.Last();
    }

    private static Page Of(ShownCapture shown, Limits limits, Screen screen)
    {
        var page = new Page(screen.Width, screen.IsUtf8) { IsDense = limits.IsDense };
        WriteHead(page, shown.Diagnosis.Capture);
        page.Blank();
        WriteVerdict(page, shown, limits);
        WriteOthers(page, shown.Diagnosis, limits);
        WriteNotes(page, shown.Diagnosis, limits);
        WriteGaps(page, shown.Diagnosis);
        WriteFoot(page, shown);
        return page;
    }

    private static void WriteHead(Page page, CaptureRead capture)
    {
        page.Paragraph(Plain(""), new Piece(capture.Name, Tone.Strong));
        string start = capture.FirstAt is { } first ? $" from {first.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture)}" : "";
        page.Paragraph(Plain("  "), Plain(
            $"{Words.Count(capture.Packets, "packet")}, {Words.Octets(capture.Octets)} in {Span(capture.Duration)}{start}; {Words.Count(capture.TcpConversations, "TCP conversation")}{(capture.UdpConversations > 0 ? $" and {capture.UdpConversations} of UDP" : "")}"));
        if (capture.Protocols.Count > 0)
            page.Paragraph(Plain("  "), new Piece(string.Join(", ", capture.Protocols.Take(8).Select(protocol => $"{protocol.Name} {Words.Percent(protocol.Packets, capture.Packets)}")), Tone.Dim));
    }

    private static string Span(TimeSpan time) => time < TimeSpan.FromDays(2) ? Words.Of(time) : Words.Count((long)time.TotalDays, "day");

    private static void WriteVerdict(Page page, ShownCapture shown, Limits limits)
    {
        CaptureDiagnosis diagnosis = shown.Diagnosis;
        string status = diagnosis.Status.ToString();
        Tone tone = diagnosis.Status switch
        {
            Status.Healthy => Tone.Good,
            Status.Broken => Tone.Bad,
            _ => Tone.Warning,
        };
        if (diagnosis.Findings is not [var verdict, ..])
        {
            page.Paragraph(new Piece($"{status}: ", tone), new Piece(WithoutFinding(diagnosis), Tone.Strong));
            return;
        }

        Finding finding = verdict.Finding;
        page.Paragraph(new Piece($"{status}: ", tone), new Piece(finding.Summary, Tone.Strong));
        string explained = verdict.Explained.Length == 0 ? "" : $"; it explains {string.Join(", ", verdict.Explained.Select(symptom => symptom.Cause).Distinct())}";
        page.Paragraph(Plain("  "), new Piece(finding.Cause, Tone.Code), new Piece($", {Sureness(finding)}{Extent(verdict)}{explained}", Tone.Dim));
        foreach (Reason reason in Proof(finding).Take(limits.Reasons))
            page.Paragraph(new Piece(reason.Weight >= Weight.Context ? "  + " : "  - ", Tone.Dim), Plain(reason.Reading));
        WritePackets(page, shown.Diagnosis, verdict, limits);
        foreach (Remedy remedy in finding.Remedies)
        {
            page.Paragraph(new Piece("  Do: ", Tone.Good), Plain(remedy.Sentence));
            if (remedy.Command is { } command)
                page.Verbatim(6, command, Tone.Code);
        }

        foreach (string next in finding.Next)
            page.Paragraph(new Piece("  Next: ", Tone.Good), Plain(next));
    }

    /// <summary>What is said where nothing was found.</summary>
    /// <param name="diagnosis">The diagnosis.</param>
    internal static string WithoutFinding(CaptureDiagnosis diagnosis) =>
        diagnosis.Doubt ?? "nothing is wrong that these packets show.";

    /// <summary>What speaks for a finding and against it, the weightiest first.</summary>
    /// <param name="finding">The finding.</param>
    internal static IEnumerable<Reason> Proof(Finding finding) => finding.Reasons.OrderByDescending(reason => Math.Abs((int)reason.Weight));

    private static string Extent(CaptureFinding found) => found.Count switch
    {
        0 => "",
        1 => string.Create(CultureInfo.InvariantCulture, $", stream {found.Streams[0]}"),
        _ => string.Create(CultureInfo.InvariantCulture, $", {found.Count} streams ({string.Join(", ", found.Streams.Take(5))}{(found.Count > 5 ? ", …" : "")})"),
    };

    private static bool HasOwnNumber(CaptureDiagnosis diagnosis, int stream) => stream >= diagnosis.Capture.OwnStreamsFrom;

    private static void WritePackets(Page page, CaptureDiagnosis diagnosis, CaptureFinding found, Limits limits)
    {
        IEnumerable<long> packets = found.Finding.Packets;
        if (!packets.Any())
            return;
        string stream = found.Finding.Stream is { } number
            ? string.Create(CultureInfo.InvariantCulture, $"{(HasOwnNumber(diagnosis, number) ? "stream" : "tcp.stream eq")} {number}, ")
            : "";
        page.Paragraph(new Piece("  Proof: ", Tone.Good), Plain($"{stream}packets {string.Join(", ", packets.Take(limits.Packets))}{(packets.Skip(limits.Packets).Any() ? ", …" : "")}"));
    }

    private static void WriteOthers(Page page, CaptureDiagnosis diagnosis, Limits limits)
    {
        CaptureFinding[] others = [.. diagnosis.Findings.Skip(1)];
        if (others.Length == 0)
            return;
        page.Blank();
        page.Paragraph(Plain(""), new Piece("Also", Tone.Strong), Plain(others.Length > limits.Others ? $" (the first {limits.Others} of {others.Length}; -v shows all)" : ""));
        foreach (CaptureFinding other in others.Take(limits.Others))
        {
            Finding finding = other.Finding;
            Tone tone = finding.Severity is Severity.Critical ? Tone.Bad : Tone.Warning;
            page.Paragraph(
                new Piece(finding.Severity is Severity.Critical ? "  ! " : "  - ", tone), Plain($"{finding.Summary} "), new Piece(finding.Cause, Tone.Code),
                new Piece($", {Sureness(finding)}{Extent(other)}{(finding.Packets.Length > 0 ? $", packet {finding.Packets[0]}" : "")}", Tone.Dim));
            foreach (Reason reason in Proof(finding).Take(limits.OtherReasons))
                page.Paragraph(new Piece("    + ", Tone.Dim), Plain(reason.Reading));
            if (limits.HasOtherRemedies && finding.Remedies is [{ } remedy, ..])
                page.Paragraph(new Piece("    Do: ", Tone.Good), Plain(remedy.Sentence));
        }
    }

    private static void WriteNotes(Page page, CaptureDiagnosis diagnosis, Limits limits)
    {
        if (diagnosis.Notes.Length == 0 || limits.Notes == 0)
            return;
        page.Blank();
        foreach (CaptureFinding note in diagnosis.Notes.Take(limits.Notes))
            page.Paragraph(new Piece("Note: ".PadRight(MarkWidth - 2), Tone.Dim), Plain(note.Finding.Summary), new Piece($" {note.Finding.Cause}{Extent(note)}", Tone.Dim));
    }

    private static void WriteGaps(Page page, CaptureDiagnosis diagnosis)
    {
        if (diagnosis.NotObserved.Length == 0)
            return;
        page.Blank();
        foreach (NotObserved gap in diagnosis.NotObserved)
            page.Paragraph(new Piece("not seen ", Tone.Warning), Plain($"{gap.What}: {gap.Reason}"));
    }

    private static void WriteFoot(Page page, ShownCapture shown)
    {
        page.Blank();
        if (shown.File is { } file && Followed(shown.Diagnosis) is { } stream)
        {
            page.Verbatim(0, ShellCommand.Of($"netwhy analyze {file} --stream {stream}").ToString(), Tone.Code);
            // Within tunnels that tshark does not open it has no stream, or another one.
            if (!HasOwnNumber(shown.Diagnosis, stream))
                page.Verbatim(0, ShellCommand.Of($"netwhy tshark -r {file} -Y 'tcp.stream == {stream}'").ToString(), Tone.Code);
            else if (shown.Diagnosis.Findings is [{ Finding.Packets: { IsEmpty: false } packets }, ..])
                page.Verbatim(0, ShellCommand.Of($"netwhy tshark -r {file} -Y 'frame.number in {{{string.Join(", ", packets)}}}'").ToString(), Tone.Code);
        }

        page.Paragraph(Plain(""), new Piece(
            $"{Words.Of(shown.Elapsed)}.{(shown.Diagnosis.Findings is [var verdict, ..] ? $" netwhy explain {verdict.Finding.Cause} tells more." : "")}", Tone.Dim));
    }

    // The conversation that is worth a closer look; the largest one where nothing is wrong.
    private static int? Followed(CaptureDiagnosis diagnosis) =>
        diagnosis.Findings.IsEmpty
            ? diagnosis.Flows.MaxBy(flow => flow.FromClient.Octets + flow.FromServer.Octets)?.Stream
            : diagnosis.Findings.Select(found => found.Finding.Stream).FirstOrDefault(stream => stream is not null);

    /// <summary>How sure a finding is, in words: nothing that was measured is a hundred per cent sure.</summary>
    /// <param name="finding">The finding.</param>
    internal static string Sureness(Finding finding) =>
        string.Create(CultureInfo.InvariantCulture, $"{Math.Clamp(Math.Round(finding.Confidence * 100), 1, 99)} % sure");

    private static Piece Plain(string text) => new(text, Tone.Plain);

    private sealed record Limits(int Reasons, int Others, int OtherReasons, bool HasOtherRemedies, int Notes, int Packets, bool IsDense = false);
}
