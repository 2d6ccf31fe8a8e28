using System.Globalization;
using System.Text;
using NetWhy.Linux;
using NetWhy.Paths;

namespace NetWhy.Tools.Mtr;

/// <summary>A line for each hop whose figures have changed, as <c>mtr --split</c> prints them for other programs to show.</summary>
/// <param name="options">The command line.</param>
/// <param name="names">Names of the hops.</param>
internal sealed class MtrSplit(MtrOptions options, HostNames names)
{
    private const string Nobody = "???";

    private readonly List<string> _lines = [];

    /// <summary>What has changed since it was asked last; empty if nothing has.</summary>
    /// <param name="hops">The hops.</param>
    internal string Changes(IReadOnlyList<RoundsHop> hops)
    {
        var text = new StringBuilder();
        int last = hops.Count == 0 ? 0 : hops[^1].Ttl;
        for (; _lines.Count > last; _lines.RemoveAt(_lines.Count - 1))
            text.Append(CultureInfo.InvariantCulture, $"-{_lines.Count}\n");
        while (_lines.Count < last)
            _lines.Add(Nobody);
        foreach (RoundsHop hop in hops)
        {
            string line = Line(hop);
            if (line == _lines[hop.Ttl - 1])
                continue;
            _lines[hop.Ttl - 1] = line;
            text.Append(CultureInfo.InvariantCulture, $"{hop.Ttl} {line}\n");
        }

        return text.ToString();
    }

    // Loss in thousandths of a percent, times in whole milliseconds.
    private string Line(RoundsHop hop)
    {
        if (hop.Node is not { } node)
            return Nobody;
        string? name = options.IsNumeric ? null : names.Of(node.Address);
        string host = Printable.Of(name ?? ZonedAddress.Text(node.Address), isUtf8: true);
        string shown = options.ShowsAddresses ? $"{host} {node.Address}" : host;
        int loss = (int)Math.Round(1000 * MtrField.Loss(hop));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{shown} {loss} {hop.Received} {hop.Sent} {hop.Best / 1000} {(int)hop.Mean / 1000} {hop.Worst / 1000}");
    }
}
