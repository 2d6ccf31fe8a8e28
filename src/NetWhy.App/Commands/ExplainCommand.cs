using System.CommandLine;
using NetWhy.App.Render;
using NetWhy.Diagnose;

namespace NetWhy.App.Commands;

/// <summary><c>netwhy explain [CAUSE]</c>: the page of a cause, or the list of all.</summary>
internal sealed class ExplainCommand : Command, IExplained
{
    private readonly Argument<string?> _cause = new("CAUSE")
    {
        Description = "Id of a cause; without one, all are listed.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<bool> _json = CommonOptions.Json();
    private readonly Option<bool> _noColour = CommonOptions.NoColour();

    /// <summary>Makes the command.</summary>
    public ExplainCommand()
        : base("explain", "Explain a cause: what it is, how it shows, how to confirm and how to fix it.")
    {
        _cause.CompletionSources.Add(_ => Causes.All.Select(cause => new System.CommandLine.Completions.CompletionItem(cause.Id)));
        Add(_cause);
        Add(_json);
        Add(_noColour);
        SetAction(Run);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Examples =>
    [
        ("netwhy explain path-mtu-black-hole", "one cause"),
        ("netwhy explain", "all causes, by layer"),
    ];

    private int Run(ParseResult parsed)
    {
        string? id = parsed.GetValue(_cause);
        if (id is not null && Causes.Find(id) is null)
            throw new CommandException(ExitCode.WrongUsage, Unknown(id));
        if (parsed.GetValue(_json))
        {
            WriteJson(id);
            return ExitCode.Healthy;
        }

        bool hasColour = Terminal.HasColour(parsed.GetValue(_noColour));
        var page = new Page(Terminal.Screen.Width, Terminal.HasUtf8);
        if (id is null)
            List(page);
        else
            CausePage.Write(page, Causes.Find(id)!, hasColour);
        Terminal.WriteOutput(page.ToText(hasColour));
        return ExitCode.Healthy;
    }

    private static string Unknown(string id) =>
        Nearest.To(id, Causes.All.Select(cause => cause.Id)) is { Length: > 0 } nearest
            ? $"no cause is called '{id}': did you mean {string.Join(" or ", nearest)}?"
            : $"no cause is called '{id}': netwhy explain lists them";

    private static void List(Page page)
    {
        foreach (IGrouping<Layer, Cause> layer in Causes.All.GroupBy(cause => cause.Layer))
        {
            page.Blank();
            page.Paragraph(new Piece(CausePage.Name(layer.Key), Tone.Strong));
            int width = layer.Max(cause => cause.Id.Length);
            foreach (Cause cause in layer)
            {
                page.Paragraph(
                    new Piece($"  {cause.Id.PadRight(width)}  ", Tone.Code),
                    new Piece(cause.Title + (cause.IsBenign ? " (harmless)" : ""), Tone.Plain));
            }
        }
    }

    private static void WriteJson(string? id) =>
        JsonOutput.Write("netwhy.causes/1", json =>
        {
            json.WriteStartArray("causes");
            foreach (Cause cause in Causes.All.Where(cause => id is null || cause.Id == id))
            {
                json.WriteStartObject();
                json.WriteString("id", cause.Id);
                json.WriteString("title", cause.Title);
                json.WriteString("layer", CausePage.Name(cause.Layer));
                json.WriteBoolean("benign", cause.IsBenign);
                if (id is not null)
                    json.WriteString("page", cause.Page);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
}
