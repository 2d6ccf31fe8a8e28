using System.Globalization;
using System.Text.Json;
using NetWhy.Diagnose;
using NetWhy.Names;
using static NetWhy.App.Render.JsonParts;

namespace NetWhy.App.Render;

/// <summary>What <c>netwhy dns bench</c> measured: a table for a person, an object for a program.</summary>
internal static class BenchReport
{
    private const int TimeWidth = 10; // columns
    private const int CountWidth = 12;
    private const string Made = "random names below the listed ones, which nobody has asked for before";

    private static readonly (string Name, double Share)[] Shares = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("max", 1)];

    /// <summary>The table.</summary>
    /// <param name="results">What was measured of each server.</param>
    /// <param name="names">How many names were asked for.</param>
    /// <param name="rounds">How often.</param>
    /// <param name="screen">The screen.</param>
    public static Page Of(IReadOnlyList<ResolverTimes> results, int names, int rounds, Screen screen)
    {
        var page = new Page(screen.Width, screen.IsUtf8);
        int server = Math.Max("server".Length, results.Select(result => $"{result.Server}".Length).DefaultIfEmpty().Max());
        page.Line(new Piece(
            $"{"server".PadRight(server)}  {"",-8}  {"answered",-CountWidth}{string.Concat(Shares.Select(share => share.Name.PadLeft(TimeWidth)))}  failures", Tone.Strong));
        foreach (ResolverTimes result in results.OrderBy(result => result.Cached.Percentile(0.5) ?? TimeSpan.MaxValue))
        {
            Write($"{result.Server}", "cached", result.Cached);
            Write("", "uncached", result.Uncached);
        }

        page.Blank();
        page.Paragraph(new Piece("", Tone.Plain), new Piece(
            $"{Words.Count(names, "name")}, {Words.Count(rounds, "round")} of A queries, at most {ResolverBench.Rate} a second to each server; an answer counts within {Words.Of(ResolverBench.Patience)}. "
            + $"Cached: asked for once before. Uncached: {Made}; their NXDOMAIN is an answer.",
            Tone.Dim));
        return page;

        void Write(string name, string kind, AnswerCount count)
        {
            string answered = string.Create(CultureInfo.InvariantCulture, $"{count.Answered}/{count.Queries}");
            string failures = string.Join(", ", count.Failures.Select(failure => $"{failure.Key} {failure.Value}"));
            page.Line(
                new Piece($"{name.PadRight(server)}  {kind,-8}  {answered,-CountWidth}", Tone.Plain),
                new Piece(string.Concat(Shares.Select(share => (count.Percentile(share.Share) is { } time ? Words.Of(time) : "-").PadLeft(TimeWidth))), Tone.Plain),
                new Piece($"  {failures}", Tone.Bad));
        }
    }

    /// <summary>Writes the object, <c>netwhy.dns-bench/1</c>, to standard output.</summary>
    /// <param name="results">What was measured of each server.</param>
    /// <param name="names">How many names were asked for.</param>
    /// <param name="rounds">How often.</param>
    public static void WriteJson(IReadOnlyList<ResolverTimes> results, int names, int rounds) => JsonOutput.Write("netwhy.dns-bench/1", json =>
    {
        json.WriteNumber("names", names);
        json.WriteNumber("rounds", rounds);
        json.WriteNumber("queriesPerSecond", ResolverBench.Rate);
        json.WriteNumber("timeoutSeconds", Seconds(ResolverBench.Patience));
        json.WriteString("uncachedBy", Made);
        json.WriteStartArray("servers");
        foreach (ResolverTimes result in results)
        {
            json.WriteStartObject();
            json.WriteString("server", $"{result.Server}");
            Write(json, "cached", result.Cached);
            Write(json, "uncached", result.Uncached);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private static void Write(Utf8JsonWriter json, string kind, AnswerCount count)
    {
        json.WriteStartObject(kind);
        json.WriteNumber("queries", count.Queries);
        json.WriteNumber("answered", count.Answered);
        foreach ((string name, double share) in Shares)
        {
            if (count.Percentile(share) is { } time)
                json.WriteNumber($"{name}Seconds", Seconds(time));
            else
                json.WriteNull($"{name}Seconds");
        }

        json.WriteStartObject("failures");
        foreach ((string failure, int number) in count.Failures)
            json.WriteNumber(failure, number);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
