using System.Globalization;
using NetWhy.Analysis.Dissection;
using NetWhy.Analysis.Flows;
using NetWhy.App.Render;

namespace NetWhy.App.Commands;

/// <summary><c>netwhy analyze FILE --stream N</c>: one conversation of a capture, packet by packet.</summary>
internal static class StreamView
{
    /// <summary>Shows it on standard output.</summary>
    /// <param name="path">The capture; <c>-</c> for standard input.</param>
    /// <param name="stream">Number of the conversation, <c>tcp.stream</c>.</param>
    /// <param name="style">How; for a program, every packet, none folded.</param>
    /// <param name="preferences">How packets are analysed.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What to exit with.</returns>
    /// <exception cref="CommandException">The capture cannot be read, or has no such conversation.</exception>
    public static int Show(string path, int stream, CaptureStyle style, DissectionPreferences preferences, CancellationToken cancellationToken)
    {
        var events = new StreamEvents(stream, preferences);
        var items = new LadderItems();
        using StreamJson? json = style.AsJson ? new StreamJson(path, stream) : null;
        string? damage = CaptureFile.ReadAll(path, Take, cancellationToken);
        if (json?.IsBegun is false || (json is null && items.Packets == 0))
            throw new CommandException(damage is null ? ExitCode.WrongUsage : ExitCode.CouldNotWork, Missing(path, stream, events.Streams, damage));
        json?.End(damage);
        if (json is null)
            Terminal.WriteOutput(Ladder.Of(items, path, stream, events.HasOwnNumber, Terminal.Screen).ToText(Terminal.HasColour(style.RefusesColour)));
        if (damage is null)
            return ExitCode.Healthy;
        Terminal.WriteError(damage);
        return ExitCode.CouldNotWork;

        void Take(in NetWhy.Capture.Files.PacketRecord packet)
        {
            if (!events.Read(packet, out StreamEvent one))
                return;
            if (json is null)
                items.Add(one);
            else
                json.Add(one);
        }
    }

    private static string Missing(string path, int stream, int streams, string? damage) => string.Create(
        CultureInfo.InvariantCulture,
        $"--stream: {path} has no TCP conversation {stream}; {streams switch { 0 => "it has none at all", 1 => "it has one, 0", _ => $"it has 0 to {streams - 1}" }}{(damage is null ? "" : $" ({damage})")}");
}
