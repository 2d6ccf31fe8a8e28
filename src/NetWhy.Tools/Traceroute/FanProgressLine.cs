using System.Globalization;
using NetWhy.Paths;

namespace NetWhy.Tools.Traceroute;

/// <summary>Shows on a terminal how far the search for paths is, in one line that is gone at the end.</summary>
/// <param name="host">Where the terminal is.</param>
/// <param name="isJson">Whether the output is for a program.</param>
internal sealed class FanProgressLine(IToolHost host, bool isJson)
{
    private int _shown;

    /// <summary>Shows it.</summary>
    /// <param name="progress">How far it is.</param>
    internal void Show(FanProgress progress)
    {
        if (isJson || host.Columns is not { } columns)
            return;
        string text = string.Create(CultureInfo.InvariantCulture, $"{progress.Elapsed.TotalSeconds:0} s, {progress.Probes} probes");
        if (progress.Limited.Count > 0)
            text += $", waiting for routers that limit their answers: hop {string.Join(", ", progress.Limited)} (Ctrl-C ends it with what is known)";
        text = text.Length < columns ? text : text[..Math.Max(0, columns - 1)];
        host.Progress(text.PadRight(_shown));
        _shown = text.Length;
    }

    /// <summary>Makes the line empty again.</summary>
    internal void Clear()
    {
        if (_shown > 0)
            host.Progress(new string(' ', _shown) + "\r");
    }
}
