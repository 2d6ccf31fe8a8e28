using System.Text.Json;
using NetWhy.Linux;

namespace NetWhy.Tools;

/// <summary>Writes statements: as text under what a tool prints, and as JSON.</summary>
internal static class StatementOutput
{
    /// <summary>Statements as lines, broken at blanks; without control characters of strings from outside.</summary>
    /// <param name="statements">The statements.</param>
    /// <param name="columns">Columns of a line.</param>
    /// <param name="isUtf8">Whether more than ASCII can be shown.</param>
    /// <param name="isWhole">Whether proof, fixes and next steps are shown too.</param>
    internal static IEnumerable<StatementLine> Lines(IEnumerable<Statement> statements, int columns, bool isUtf8, bool isWhole)
    {
        foreach (Statement statement in statements)
        {
            string mark = Mark(statement.Severity, isUtf8);
            foreach (StatementLine line in Broken($"{mark} ", "  ", statement.Text))
                yield return line;
            if (!isWhole)
                continue;
            foreach (StatementLine line in statement.Proof.SelectMany(proof => Broken(isUtf8 ? "    – " : "    - ", "      ", proof)))
                yield return line;
            foreach (StatementFix fix in statement.Fixes)
            {
                foreach (StatementLine line in Broken("    ", "    ", fix.Text))
                    yield return line;
                if (fix.Command is { } command) // whole: it is to be copied
                    yield return new StatementLine($"        {Printable.Of(command, isUtf8)}", statement.Severity, IsHead: false);
            }

            foreach (StatementLine line in statement.Next.SelectMany(next => Broken("    Next: ", "    ", next)))
                yield return line;
            if (statement.Cause is { } cause && statement.Severity is not StatementSeverity.Note)
                yield return new StatementLine($"    netwhy explain {cause}", statement.Severity, IsHead: false);

            IEnumerable<StatementLine> Broken(string first, string others, string text)
            {
                bool isHead = ReferenceEquals(text, statement.Text);
                return WrappedText.Lines(first, others, Printable.Of(text, isUtf8), columns).Select(line => new StatementLine(line, statement.Severity, isHead));
            }
        }
    }

    /// <summary>Writes statements as the value of a member.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="member">Name of the member.</param>
    /// <param name="statements">The statements.</param>
    internal static void WriteJson(Utf8JsonWriter json, string member, IEnumerable<Statement> statements)
    {
        json.WriteStartArray(member);
        foreach (Statement statement in statements)
        {
            json.WriteStartObject();
            json.WriteString("kind", statement.Kind);
            json.WriteString("severity", NameOf(statement.Severity));
            json.WriteString("text", statement.Text);
            if (statement.Cause is { } cause)
                json.WriteString("cause", cause);
            if (statement.Round is { } round)
                json.WriteNumber("round", round);
            if (statement.Begin is { } begin)
                json.WriteString("begin", begin);
            if (statement.End is { } end)
                json.WriteString("end", end);
            WriteTexts(json, "proof", statement.Proof);
            if (statement.Fixes.Count > 0)
            {
                json.WriteStartArray("fixes");
                foreach (StatementFix fix in statement.Fixes)
                {
                    json.WriteStartObject();
                    json.WriteString("text", fix.Text);
                    if (fix.Command is { } command)
                        json.WriteString("command", command);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            }

            WriteTexts(json, "next", statement.Next);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>The severity as JSON has it.</summary>
    /// <param name="severity">The severity.</param>
    internal static string NameOf(StatementSeverity severity) => severity switch
    {
        StatementSeverity.Critical => "critical",
        StatementSeverity.Warning => "warning",
        _ => "note",
    };

    private static string Mark(StatementSeverity severity, bool isUtf8) => severity switch
    {
        StatementSeverity.Critical => isUtf8 ? "✗" : "X",
        StatementSeverity.Warning => "!",
        _ => isUtf8 ? "·" : "-",
    };

    private static void WriteTexts(Utf8JsonWriter json, string member, IReadOnlyList<string> texts)
    {
        if (texts.Count == 0)
            return;
        json.WriteStartArray(member);
        foreach (string text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }
}

/// <summary>One line of statements.</summary>
/// <param name="Text">The line, safe to show.</param>
/// <param name="Severity">How bad the statement is that it belongs to.</param>
/// <param name="IsHead">Whether it is of the conclusion itself, and not of what it rests on.</param>
internal readonly record struct StatementLine(string Text, StatementSeverity Severity, bool IsHead);
