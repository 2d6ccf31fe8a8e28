using System.Globalization;
using System.Text.Json;
using NetWhy.Diagnose;
using NetWhy.Evidence;

namespace NetWhy.App.Render;

/// <summary>A diagnosis for a person: at most one screen, unless everything is asked for.</summary>
internal static class TextReport
{
    private const int MostReasons = 5;
    private const int MostRemedies = 3;
    private const int MostNext = 2;
    private const int MostOthers = 3;
    private const int MostNotes = 4;
    private const int MostGaps = 3;
    private const int LongestReading = 3; // lines' worth of text; a summary from outside may be any length

    /// <summary>Writes the diagnosis to a page.</summary>
    /// <param name="page">The page.</param>
    /// <param name="diagnosis">The diagnosis.</param>
    /// <param name="elapsed">How long it took.</param>
    /// <param name="isVerbose">Whether with everything that was seen.</param>
    public static void Write(Page page, Diagnosis diagnosis, TimeSpan elapsed, bool isVerbose)
    {
        WriteQuestions(page, diagnosis);
        page.Blank();
        WriteVerdict(page, diagnosis, isVerbose);
        WriteOthers(page, diagnosis, isVerbose);
        WriteNotes(page, diagnosis, isVerbose);
        WriteGaps(page, diagnosis, isVerbose);
        if (isVerbose)
        {
            WriteDoubtful(page, diagnosis);
            WriteObservations(page, diagnosis);
        }

        page.Blank();
        WriteFoot(page, diagnosis, elapsed, isVerbose);
    }

    private static void WriteQuestions(Page page, Diagnosis diagnosis)
    {
        string target = diagnosis.Investigation switch
        {
            { Input: { Length: > 0 } input } => input,
            { } => "this machine",
            null => "kept evidence",
        };
        page.Paragraph(Plain(""), new Piece(Cut(page, target), Tone.Strong));
        page.Blank();
        foreach (Answer answer in diagnosis.Questions)
        {
            (string mark, Tone tone) = Mark(answer.Verdict, page.IsUtf8);
            string time = answer.Elapsed is { } elapsed && answer.Verdict is not Verdict.Skipped ? $"  {Time(elapsed)}" : "";
            page.Paragraph(
                new Piece($"  {mark} {answer.Id,-13}", tone),
                new Piece(Cut(page, answer.Summary), answer.Verdict is Verdict.Skipped ? Tone.Dim : Tone.Plain),
                new Piece(time, Tone.Dim));
        }
    }

    private static void WriteVerdict(Page page, Diagnosis diagnosis, bool isVerbose)
    {
        (string status, Tone tone) = diagnosis.Status switch
        {
            Status.Healthy => ("Healthy", Tone.Good),
            Status.Degraded => ("Degraded", Tone.Warning),
            Status.Broken => ("Broken", Tone.Bad),
            _ => ("Inconclusive", Tone.Warning),
        };
        if (diagnosis.Causes is not [var verdict, ..])
        {
            string sentence = diagnosis.Status switch
            {
                Status.Healthy => "nothing is wrong that can be seen from here.",
                Status.Inconclusive => "nothing could be looked at.",
                _ => "it does not work, and the evidence names no cause.",
            };
            page.Paragraph(new Piece($"{status}: ", tone), new Piece(sentence, Tone.Strong));
            return;
        }

        Finding finding = verdict.Finding;
        page.Paragraph(new Piece($"{status}: ", tone), new Piece(Cut(page, finding.Summary), Tone.Strong));
        string explained = verdict.Explained.Length == 0
            ? ""
            : $"; it explains {string.Join(", ", verdict.Explained.Select(symptom => symptom.Cause).Distinct())}";
        page.Paragraph(Plain("  "), new Piece(finding.Cause, Tone.Code), new Piece($", {Place(finding.Where)}, {Sureness(finding)}{explained}", Tone.Dim));
        WriteReasons(page, finding, isVerbose ? int.MaxValue : MostReasons);
        WriteRemedies(page, finding, isVerbose ? int.MaxValue : MostRemedies);
        if (finding.Next.Length > 0)
        {
            page.Blank();
            page.Paragraph(new Piece("Check next", Tone.Strong));
            foreach (string next in finding.Next.Take(isVerbose ? int.MaxValue : MostNext))
                page.Paragraph(Plain("  "), Plain(Cut(page, next)));
        }
    }

    private static void WriteReasons(Page page, Finding finding, int most)
    {
        Reason[] reasons =
        [
            .. finding.Reasons
                .Where(reason => reason.Reading.Length > 0)
                .OrderByDescending(reason => (int)reason.Weight)
                .DistinctBy(reason => reason.Reading),
        ];
        if (reasons.Length == 0)
            return;
        page.Blank();
        page.Paragraph(new Piece("Evidence", Tone.Strong));
        int width = reasons.Max(reason => reason.Observation.Id.Length);
        foreach (Reason reason in reasons.Take(most))
        {
            string against = reason.Weight < Weight.Context ? "against: " : "";
            page.Paragraph(
                new Piece($"  {reason.Observation.Id.PadRight(width)}  ", Tone.Dim), Plain(against + Cut(page, reason.Reading)));
        }

        More(page, reasons.Length - most);
    }

    private static void WriteRemedies(Page page, Finding finding, int most)
    {
        if (finding.Remedies.Length == 0)
            return;
        page.Blank();
        page.Paragraph(new Piece("Fix", Tone.Strong));
        foreach (Remedy remedy in finding.Remedies.Take(most))
            WriteRemedy(page, remedy, indent: 2);
        More(page, finding.Remedies.Length - most);
    }

    private static void WriteRemedy(Page page, Remedy remedy, int indent)
    {
        page.Paragraph(Plain(new string(' ', indent)), Plain(Cut(page, remedy.Text)));
        foreach (string line in remedy.Command?.Split('\n', StringSplitOptions.RemoveEmptyEntries) ?? [])
            page.Verbatim(indent + 4, line, Tone.Code);
    }

    private static void WriteOthers(Page page, Diagnosis diagnosis, bool isVerbose)
    {
        if (diagnosis.Causes.Length < 2)
            return;
        int most = isVerbose ? int.MaxValue : MostOthers;
        page.Blank();
        page.Paragraph(new Piece("Also found", Tone.Strong));
        foreach (RankedFinding other in diagnosis.Causes.Skip(1).Take(most))
        {
            Finding finding = other.Finding;
            page.Paragraph(
                Plain("  "),
                new Piece(finding.Cause, finding.Severity is Severity.Critical ? Tone.Bad : Tone.Warning),
                new Piece($" ({Place(finding.Where)}, {Sureness(finding)}): ", Tone.Dim),
                Plain(Cut(page, finding.Summary)));
            if (finding.Remedies is [{ } remedy, ..])
                WriteRemedy(page, remedy, indent: 4);
        }

        More(page, diagnosis.Causes.Length - 1 - most);
    }

    private static void WriteNotes(Page page, Diagnosis diagnosis, bool isVerbose)
    {
        if (diagnosis.Notes.Length == 0)
            return;
        int most = isVerbose ? int.MaxValue : MostNotes;
        page.Blank();
        page.Paragraph(new Piece("Harmless", Tone.Strong));
        foreach (Finding note in diagnosis.Notes.Take(most))
            page.Paragraph(Plain("  "), new Piece(note.Cause, Tone.Dim), Plain($": {Cut(page, note.Summary)}"));
        More(page, diagnosis.Notes.Length - most);
    }

    private static void WriteGaps(Page page, Diagnosis diagnosis, bool isVerbose)
    {
        IGrouping<string, NotObserved>[] gaps = [.. diagnosis.NotObserved.GroupBy(gap => gap.Reason)];
        if (gaps.Length == 0)
            return;
        int most = isVerbose ? int.MaxValue : MostGaps;
        page.Blank();
        page.Paragraph(new Piece("Not seen", Tone.Strong));
        foreach (IGrouping<string, NotObserved> gap in gaps.Take(most))
        {
            page.Paragraph(
                Plain("  "),
                Plain(Cut(page, $"{string.Join("; ", gap.Select(one => one.What).Distinct())}: ")),
                new Piece(Cut(page, gap.Key), Tone.Warning));
        }

        More(page, gaps.Length - most);
    }

    private static void WriteDoubtful(Page page, Diagnosis diagnosis)
    {
        if (diagnosis.Doubtful.Length == 0)
            return;
        page.Blank();
        page.Paragraph(new Piece("Considered and unlikely", Tone.Strong));
        foreach (Finding finding in diagnosis.Doubtful)
        {
            page.Paragraph(
                Plain("  "), new Piece(finding.Cause, Tone.Code), new Piece($" ({Sureness(finding)}): ", Tone.Dim), Plain(finding.Summary));
        }
    }

    private static void WriteObservations(Page page, Diagnosis diagnosis)
    {
        DateTimeOffset start = diagnosis.Evidence.Observations.Select(observation => observation.At).DefaultIfEmpty().Min();
        foreach (IGrouping<string, Observation> probe in diagnosis.Evidence.Observations.GroupBy(observation => observation.Probe))
        {
            page.Blank();
            page.Paragraph(new Piece(probe.Key, Tone.Strong));
            foreach (Observation observation in probe)
            {
                using JsonDocument document = JsonSerializer.SerializeToDocument(observation, EvidenceJson.Default.Observation);
                JsonElement root = document.RootElement;
                string facts = string.Join(
                    "  ",
                    root.EnumerateObject()
                        .Where(fact => fact.Name is not ("kind" or "id" or "probe" or "vantage" or "at") && !IsEmpty(fact.Value))
                        .Select(fact => $"{fact.Name}={Compact(fact.Value)}"));
                page.Paragraph(
                    new Piece($"  {observation.Id,-4} +{Time(observation.At - start)}  ", Tone.Dim),
                    new Piece($"{root.GetProperty("kind").GetString()}  ", Tone.Code),
                    Plain(facts));
            }
        }
    }

    private static void WriteFoot(Page page, Diagnosis diagnosis, TimeSpan elapsed, bool isVerbose)
    {
        string more = diagnosis.Causes is [var verdict, ..]
            ? $"netwhy explain {verdict.Finding.Cause}" + (isVerbose ? "" : " tells more, -v shows every probe")
            : isVerbose ? "" : "-v shows every probe";
        page.Paragraph(new Piece($"{Time(elapsed)}{(more.Length > 0 ? ". " : "")}{more}", Tone.Dim));
    }

    private static void More(Page page, int count)
    {
        if (count > 0)
            page.Paragraph(new Piece($"  and {count} more: -v", Tone.Dim));
    }

    private static (string Mark, Tone Tone) Mark(Verdict verdict, bool isUtf8) => verdict switch
    {
        Verdict.Yes => (isUtf8 ? "✓" : "ok", Tone.Good),
        Verdict.No => (isUtf8 ? "✗" : "NO", Tone.Bad),
        Verdict.Degraded => (isUtf8 ? "~" : "~ ", Tone.Warning),
        Verdict.Unknown => (isUtf8 ? "?" : "? ", Tone.Warning),
        _ => (isUtf8 ? "-" : "- ", Tone.Dim),
    };

    private static string Place(Where where) => where switch
    {
        Where.Local => "on this machine",
        Where.Path => "on the path",
        Where.Remote => "at the target",
        Where.Resolver => "at a name server",
        _ => "place not known",
    };

    // Nothing measured is a hundred per cent sure.
    private static string Sureness(Finding finding) =>
        string.Create(CultureInfo.InvariantCulture, $"{Math.Clamp(Math.Round(finding.Confidence * 100), 1, 99)} % sure");

    private static string Time(TimeSpan time) => time.TotalMilliseconds < 1000
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.#} ms")
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.00} s");

    private static string Cut(Page page, string text)
    {
        int longest = page.Width * LongestReading;
        return text.Length <= longest ? text : $"{text[..(longest - 3)]}...";
    }

    private static bool IsEmpty(JsonElement value) =>
        value.ValueKind is JsonValueKind.Array && value.GetArrayLength() == 0;

    private static string Compact(JsonElement value) =>
        value.ValueKind is JsonValueKind.String ? value.GetString()! : value.GetRawText();

    private static Piece Plain(string text) => new(text, Tone.Plain);
}
