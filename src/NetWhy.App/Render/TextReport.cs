using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Naming;
using NetWhy.Diagnose.Repeated;
using NetWhy.Diagnose.Tls;
using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.App.Render;

/// <summary>A diagnosis for a person: at most one screen, unless everything is asked for.</summary>
internal static class TextReport
{
    private const int Narrow = 40; // columns: below, the answers stand under their questions

    private const int LeastRemedyLines = 4; // half a cure is none
    private const int LongestVerdict = 330; // characters: more than a sentence of ours has, but names from outside can be long

    private static readonly Limits Everything = new(int.MaxValue, int.MaxValue, int.MaxValue, int.MaxValue, true, int.MaxValue, int.MaxValue, 1000);

    // What does not fit the screen is shortened step by step: the proof before the cure, and the verdict never.
    private static readonly Limits[] Steps =
    [
        new(Reasons: 6, Remedies: 4, Next: 3, Others: 4, HasOtherRemedies: true, Notes: 4, Gaps: 4, Lines: 6),
        new(Reasons: 5, Remedies: 4, Next: 2, Others: 3, HasOtherRemedies: true, Notes: 3, Gaps: 3, Lines: 4),
        new(Reasons: 4, Remedies: 4, Next: 2, Others: 3, HasOtherRemedies: false, Notes: 2, Gaps: 2, Lines: 3),
        new(Reasons: 3, Remedies: 4, Next: 1, Others: 2, HasOtherRemedies: false, Notes: 1, Gaps: 1, Lines: 2),
        new(Reasons: 3, Remedies: 4, Next: 1, Others: 2, HasOtherRemedies: false, Notes: 1, Gaps: 1, Lines: 2, IsDense: true),
        new(Reasons: 2, Remedies: 4, Next: 1, Others: 1, HasOtherRemedies: false, Notes: 0, Gaps: 1, Lines: 2, IsDense: true),
        new(Reasons: 2, Remedies: 4, Next: 1, Others: 1, HasOtherRemedies: false, Notes: 0, Gaps: 1, Lines: 1, IsDense: true),
        new(Reasons: 1, Remedies: 4, Next: 1, Others: 1, HasOtherRemedies: false, Notes: 0, Gaps: 0, Lines: 1, IsDense: true),
        new(Reasons: 1, Remedies: 4, Next: 0, Others: 1, HasOtherRemedies: false, Notes: 0, Gaps: 0, Lines: 1, IsDense: true),
        new(Reasons: 0, Remedies: 3, Next: 0, Others: 0, HasOtherRemedies: false, Notes: 0, Gaps: 0, Lines: 1, IsDense: true),
    ];

    /// <summary>The diagnosis as a page.</summary>
    /// <param name="diagnosis">The diagnosis.</param>
    /// <param name="elapsed">How long it took.</param>
    /// <param name="isVerbose">Whether with everything that was seen, however long.</param>
    /// <param name="screen">The screen to fit.</param>
    public static Page Of(Diagnosis diagnosis, TimeSpan elapsed, bool isVerbose, Screen screen)
    {
        var repeated = SymptomOverview.Of(diagnosis.Evidence, SymptomHead.SlotsFor(screen.Width));
        if (isVerbose)
            return Of(diagnosis, repeated, elapsed, Everything, screen);
        IEnumerable<Page> attempts = Steps.Where(limits => screen.IsTerminal || !limits.IsDense).Select(limits => Of(diagnosis, repeated, elapsed, limits, screen));
        return attempts.FirstOrDefault(page => page.Lines.Count <= screen.Height) ?? attempts.Last();
    }

    private static Page Of(Diagnosis diagnosis, SymptomOverview? repeated, TimeSpan elapsed, Limits limits, Screen screen)
    {
        var page = new Page(screen.Width, screen.IsUtf8) { IsDense = limits.IsDense };
        WriteQuestions(page, diagnosis, limits);
        if (repeated is not null)
            SymptomHead.Write(page, repeated, limits == Everything ? int.MaxValue : Math.Max(2, limits.Reasons), limits == Everything ? int.MaxValue : Math.Max(0, limits.Reasons - 1), diagnosis.Causes.Length > 0 || diagnosis.Status is Status.Broken);
        page.Blank();
        WriteVerdict(page, diagnosis, repeated, limits);
        if (IsOfTls(diagnosis))
            TlsHead.Write(page, TlsOverview.Of(diagnosis.Evidence), limits == Everything ? int.MaxValue : Math.Clamp(limits.Reasons - 2, 1, 3), limits.Reasons > 4);
        WriteOthers(page, diagnosis, limits);
        WriteNotes(page, diagnosis, limits);
        WriteGaps(page, diagnosis, limits);
        if (limits == Everything)
        {
            WriteDoubtful(page, diagnosis);
            WriteObservations(page, diagnosis);
        }

        page.Blank();
        WriteFoot(page, diagnosis, elapsed, limits);
        return page;
    }

    private static void WriteQuestions(Page page, Diagnosis diagnosis, Limits limits)
    {
        string target = diagnosis.Investigation switch
        {
            { Input: { Length: > 0 } input } => input,
            { } => "this machine",
            null => "kept evidence",
        };
        page.Paragraph(Plain(""), new Piece(Cut(page, limits, target), Tone.Strong));
        page.Blank();
        if (diagnosis.Investigation?.TargetKind is TargetKind.Name)
        {
            NameResolution? resolution = diagnosis.Evidence.Last<NameResolution>();
            int most = limits == Everything ? int.MaxValue : Math.Max(3, limits.Reasons + limits.Notes);
            NameHead.Write(page, NameOverview.Of(diagnosis.Evidence, diagnosis.Told), resolution?.ApplicationTime, resolution?.Queries ?? 0, most);
            return;
        }

        foreach (Answer answer in IsOfTls(diagnosis) ? [] : diagnosis.Questions)
        {
            (string mark, Tone tone) = Mark(answer.Verdict, page.IsUtf8);
            string time = answer is { Elapsed: { } elapsed, Verdict: not Verdict.Skipped } && !answer.Summary.Contains(Words.Of(elapsed), StringComparison.Ordinal)
                ? $"  {Words.Of(elapsed)}"
                : "";
            Piece summary = new(Cut(page, limits, SummaryOf(answer, diagnosis)), answer.Verdict is Verdict.Skipped ? Tone.Dim : Tone.Plain);
            if (page.Width >= Narrow)
            {
                page.Paragraph(new Piece($"  {mark} {answer.Id,-13}", tone), summary, new Piece(time, Tone.Dim));
            }
            else
            {
                page.Paragraph(new Piece($"{mark} {answer.Id}", tone));
                page.Paragraph(Plain("  "), summary, new Piece(time, Tone.Dim));
            }
        }
    }

    // Where the server was reached its own answers are told, and what lies below them is well.
    private static bool IsOfTls(Diagnosis diagnosis) =>
        diagnosis.Investigation?.TargetKind is TargetKind.Tls && diagnosis.Evidence.First<TlsSurvey>() is not null;

    // What the verdict says stands below already.
    private static string SummaryOf(Answer answer, Diagnosis diagnosis)
    {
        if (diagnosis.Causes is not [{ Finding.Summary: { Length: > 0 } verdict }, ..])
            return answer.Summary;
        return answer.Summary == verdict
            ? "see below"
            : answer.Summary.Replace($"; but {Words.Uncapitalized(verdict)}", "; but see below", StringComparison.Ordinal);
    }

    private static void WriteVerdict(Page page, Diagnosis diagnosis, SymptomOverview? repeated, Limits limits)
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
                Status.Healthy when IsOfTls(diagnosis) => TlsOverview.Of(diagnosis.Evidence).Result,
                Status.Healthy when repeated is not null => $"nothing is wrong that can be seen from here; {repeated.Result}",
                Status.Healthy when TlsOverview.DoubtOf(diagnosis.Evidence) is { } doubt => $"nothing is wrong that can be seen from here; but {doubt}.",
                Status.Healthy => "nothing is wrong that can be seen from here.",
                Status.Inconclusive when End(diagnosis) is { Interrupted: true } && repeated is not null => $"not finished; {repeated.Result}",
                Status.Degraded or Status.Inconclusive when repeated is { IsWell: false } => $"no cause can be told from here; {repeated.Result}",
                Status.Inconclusive when End(diagnosis) is { Interrupted: true } end => $"not finished; it was stopped after {Words.Of(end.Elapsed)}, and an answer is missing.",
                Status.Inconclusive when diagnosis.Questions.Any(answer => answer.Verdict is Verdict.Yes) => "what could be seen is well, and what was asked could not be seen.",
                Status.Inconclusive when diagnosis.Questions.Any(answer => answer is { Verdict: Verdict.Unknown, Elapsed: not null }) => "nothing answered, and what would tell why could not be seen.",
                Status.Inconclusive => "nothing could be looked at.",
                _ => "it does not work, and the evidence names no cause.",
            };
            page.Paragraph(new Piece($"{status}: ", tone), new Piece(sentence, Tone.Strong));
            return;
        }

        Finding finding = verdict.Finding;
        page.Paragraph(new Piece($"{status}: ", tone), new Piece(Cut(page, limits with { Lines = Math.Max(limits.Lines, 1 + LongestVerdict / Math.Max(page.Width - 16, Narrow)) }, finding.Summary), Tone.Strong)); // its reason stands at its end
        string explained = verdict.Explained.Length == 0
            ? ""
            : $"; it explains {string.Join(", ", verdict.Explained.Select(symptom => symptom.Cause).Distinct())}";
        page.Paragraph(Plain("  "), new Piece(finding.Cause, Tone.Code), new Piece($", {Place(finding.Where)}, {Sureness(finding)}{explained}", Tone.Dim));
        WriteReasons(page, diagnosis, finding, limits);
        WriteRemedies(page, finding, limits);
        if (finding.Next.Length > 0)
        {
            page.Blank();
            Heading(page, "Check next", finding.Next.Length - limits.Next);
            foreach (string next in finding.Next.Take(limits.Next))
                page.Paragraph(Plain("  "), Plain(Cut(page, limits with { Lines = limits.Lines + 2 }, next))); // its end decides
        }
    }

    private static void WriteReasons(Page page, Diagnosis diagnosis, Finding finding, Limits limits)
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
        Heading(page, "Evidence", reasons.Length - limits.Reasons);
        int width = reasons.Max(reason => reason.Observation.Id.Length);
        foreach (Reason reason in reasons.Take(limits.Reasons))
        {
            string against = reason.Weight < Weight.Context ? "against: " : "";
            page.Paragraph(
                new Piece($"  {reason.Observation.Id.PadRight(width)}  ", Tone.Dim), Plain(against + Cut(page, limits, reason.Reading)));
        }

        WriteVantages(page, diagnosis);
    }

    // Observations of the second file on are named v2.o1 and so on.
    private static void WriteVantages(Page page, Diagnosis diagnosis)
    {
        InvestigationStarted[] vantages = [.. diagnosis.Evidence.All<InvestigationStarted>()];
        if (vantages.Length < 2)
            return;
        foreach (InvestigationStarted vantage in vantages)
        {
            string prefix = vantage.Id.Contains('.', StringComparison.Ordinal) ? vantage.Id[..(vantage.Id.IndexOf('.', StringComparison.Ordinal) + 1)] : "";
            string asked = vantage.Input.Length > 0 ? $"netwhy {vantage.Input}" : "netwhy";
            page.Paragraph(new Piece("  ", Tone.Dim), new Piece($"{prefix}o... was seen at {vantage.Vantage} by {asked}", Tone.Dim));
        }
    }

    private static void WriteRemedies(Page page, Finding finding, Limits limits)
    {
        if (finding.Remedies.Length == 0)
            return;
        page.Blank();
        Heading(page, "Fix", finding.Remedies.Length - limits.Remedies);
        foreach (Remedy remedy in finding.Remedies.Take(limits.Remedies))
            WriteRemedy(page, remedy, indent: 2, limits);
    }

    private static void WriteRemedy(Page page, Remedy remedy, int indent, Limits limits)
    {
        page.Paragraph(Plain(new string(' ', indent)), Plain(Cut(page, limits with { Lines = Math.Max(limits.Lines, LeastRemedyLines) }, remedy.Sentence)));
        foreach (string line in remedy.Command?.Split('\n', StringSplitOptions.RemoveEmptyEntries) ?? [])
            page.Verbatim(indent + 4, line, Tone.Code);
    }

    private static void WriteOthers(Page page, Diagnosis diagnosis, Limits limits)
    {
        if (diagnosis.Causes.Length < 2)
            return;
        page.Blank();
        Heading(page, "Also found", diagnosis.Causes.Length - 1 - limits.Others);
        foreach (RankedFinding other in diagnosis.Causes.Skip(1).Take(limits.Others))
        {
            Finding finding = other.Finding;
            page.Paragraph(
                Plain("  "),
                new Piece(finding.Cause, finding.Severity is Severity.Critical ? Tone.Bad : Tone.Warning),
                new Piece($" ({Place(finding.Where)}, {Sureness(finding)}): ", Tone.Dim),
                Plain(Cut(page, limits, finding.Summary)));
            if (limits.HasOtherRemedies && finding.Remedies is [{ } remedy, ..])
                WriteRemedy(page, remedy, indent: 4, limits);
        }
    }

    private static void WriteNotes(Page page, Diagnosis diagnosis, Limits limits)
    {
        if (diagnosis.Notes.Length == 0 || limits.Notes == 0)
            return;
        page.Blank();
        Heading(page, "Notes", diagnosis.Notes.Length - limits.Notes);
        foreach (Finding note in diagnosis.Notes.Take(limits.Notes))
            page.Paragraph(Plain("  "), new Piece(note.Cause, Tone.Dim), Plain($": {Cut(page, limits, note.Summary)}"));
    }

    private static void WriteGaps(Page page, Diagnosis diagnosis, Limits limits)
    {
        IGrouping<string, NotObserved>[] gaps = [.. diagnosis.NotObserved.GroupBy(gap => gap.Reason).OrderBy(gap => gap.Key is NotObserved.EndedFirst)];
        if (gaps.Length == 0)
            return;
        page.Blank();
        Heading(page, "Not seen", gaps.Length - limits.Gaps);
        foreach (IGrouping<string, NotObserved> gap in gaps.Take(limits.Gaps))
        {
            int questions = gap.Select(one => one.What).Distinct().Count();
            if (gap.Key is NotObserved.EndedFirst && questions > 1 && limits != Everything)
            {
                string after = End(diagnosis) is { } end ? $" after {Words.Of(end.Elapsed)}" : "";
                page.Paragraph(Plain("  "), new Piece($"stopped{after}: {questions} probes did not finish", Tone.Warning));
                continue;
            }

            page.Paragraph(
                Plain("  "),
                Plain(Cut(page, limits, $"{string.Join("; ", gap.Select(one => one.What).Distinct())}: ")),
                new Piece(Cut(page, limits, gap.Key), Tone.Warning));
        }
    }

    private static InvestigationEnded? End(Diagnosis diagnosis) => diagnosis.Evidence.First<InvestigationEnded>();

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

    /// <summary>Everything that was seen, probe by probe.</summary>
    /// <param name="page">Where to write it.</param>
    /// <param name="diagnosis">The diagnosis.</param>
    internal static void WriteObservations(Page page, Diagnosis diagnosis)
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
                JsonTypeInfo type = EvidenceJson.Default.Options.GetTypeInfo(observation.GetType());
                string facts = string.Join(
                    "  ",
                    root.EnumerateObject()
                        .Where(fact => fact.Name is not ("kind" or "id" or "probe" or "vantage" or "at") && !IsEmpty(fact.Value))
                        .Select(fact => $"{fact.Name}={Compact(fact.Value, Member(type, fact.Name))}"));
                page.Paragraph(
                    new Piece($"  {observation.Id,-4} +{Words.Of(observation.At - start)}  ", Tone.Dim),
                    new Piece($"{root.GetProperty("kind").GetString()}  ", Tone.Code),
                    Plain(facts));
            }
        }
    }

    private static void WriteFoot(Page page, Diagnosis diagnosis, TimeSpan elapsed, Limits limits)
    {
        bool isVerbose = limits == Everything;
        string hidden = limits.Notes == 0 && diagnosis.Notes.Length > 0 ? $"{Words.Count(diagnosis.Notes.Length, "note")} too" : "every probe";
        string more = diagnosis.Causes is [var verdict, ..]
            ? $"netwhy explain {verdict.Finding.Cause}" + (isVerbose ? "" : $" tells more, -v shows {hidden}")
            : isVerbose ? "" : $"-v shows {hidden}";
        page.Paragraph(Plain(""), new Piece($"{Words.Of(elapsed)}{(more.Length > 0 ? ". " : "")}{more}", Tone.Dim));
    }

    // What is left out is told in the heading: it costs no line there.
    private static void Heading(Page page, string title, int hidden) => page.Paragraph(
        new Piece(title, Tone.Strong), new Piece(hidden > 0 ? $"  and {hidden} more: -v" : "", Tone.Dim));

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

    private static string Cut(Page page, Limits limits, string text)
    {
        string shown = Printable.Of(text, page.IsUtf8);
        int longest = Math.Max(page.Width - 16, Narrow) * limits.Lines; // less what stands before it
        if (shown.Length <= longest)
            return shown;
        int space = shown.LastIndexOf(' ', longest - 4, 24); // between words, unless they are very long
        return $"{shown[..(space > 0 ? space : longest - 4)]} ...";
    }

    private static bool IsEmpty(JsonElement value) =>
        value.ValueKind is JsonValueKind.Array && value.GetArrayLength() == 0;

    // JSON without its quotes and escapes, durations with their units: for eyes.
    private static string Compact(JsonElement value, Type? type) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number when type == typeof(TimeSpan) || type == typeof(TimeSpan?) => Words.Of(TimeSpan.FromSeconds(value.GetDouble())),
        JsonValueKind.Array => $"[{string.Join(", ", value.EnumerateArray().Select(item => Compact(item, Item(type))))}]",
        JsonValueKind.Object => $"{{{string.Join(", ", value.EnumerateObject().Where(fact => !IsEmpty(fact.Value)).Select(fact => $"{fact.Name}={Compact(fact.Value, Member(TypeInfo(type), fact.Name))}"))}}}",
        _ => value.GetRawText(),
    };

    private static JsonTypeInfo? TypeInfo(Type? type) =>
        type is not null && EvidenceJson.Default.Options.TryGetTypeInfo(type, out JsonTypeInfo? info) ? info : null;

    private static Type? Item(Type? type) => TypeInfo(type)?.ElementType;

    private static Type? Member(JsonTypeInfo? type, string name) =>
        type?.Properties.FirstOrDefault(property => property.Name == name)?.PropertyType ?? type?.ElementType;

    private static Piece Plain(string text) => new(text, Tone.Plain);

    /// <summary>How much of each section is shown.</summary>
    private sealed record Limits(
        int Reasons, int Remedies, int Next, int Others, bool HasOtherRemedies, int Notes, int Gaps, int Lines, bool IsDense = false);
}

/// <summary>Where a page is shown.</summary>
/// <param name="Width">Columns to fill.</param>
/// <param name="Height">Lines to fit.</param>
/// <param name="IsUtf8">Whether more than ASCII can be shown.</param>
/// <param name="IsTerminal">Whether it is a terminal, whose height must do; a pipe has none.</param>
internal sealed record Screen(int Width, int Height, bool IsUtf8, bool IsTerminal = true);
