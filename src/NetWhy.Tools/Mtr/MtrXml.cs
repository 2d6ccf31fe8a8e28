using System.Globalization;
using System.Security;
using System.Text;
using NetWhy.Linux;
using NetWhy.Paths;

namespace NetWhy.Tools.Mtr;

/// <summary>A run as XML, as <c>mtr --xml</c> prints it; what XML forbids in names is escaped.</summary>
internal static class MtrXml
{
    /// <summary>The document.</summary>
    /// <param name="hops">The hops.</param>
    /// <param name="options">The command line.</param>
    /// <param name="target">The host, as it was typed.</param>
    /// <param name="report">Knows the names of the hops.</param>
    internal static string Document(IReadOnlyList<RoundsHop> hops, MtrOptions options, string target, MtrReport report)
    {
        var text = new StringBuilder("<?xml version=\"1.0\"?>\n");
        text.Append(CultureInfo.InvariantCulture, $"<MTR SRC=\"{Escape(Environment.MachineName)}\" DST=\"{Escape(target)}\" TOS=\"0x{options.Tos:X}\"");
        text.Append(CultureInfo.InvariantCulture, $" PSIZE=\"{options.SizeText}\" BITPATTERN=\"{options.FillText}\" TESTS=\"{options.Cycles ?? 0}\">\n");
        foreach (RoundsHop hop in hops)
        {
            text.Append(CultureInfo.InvariantCulture, $"    <HUB COUNT=\"{hop.Ttl}\" HOST=\"{Escape(report.Host(hop))}\">\n");
            foreach (MtrField field in options.Fields.Where(letter => letter != ' ').Select(letter => MtrField.Find(letter)!))
            {
                string title = field.Title.TrimEnd('%'); // no letter of a tag
                text.Append(CultureInfo.InvariantCulture, $"        <{title}>{field.Text(hop, options.HasCompatibleJitter)}</{title}>\n");
            }

            text.Append("    </HUB>\n");
        }

        return text.Append("</MTR>\n").ToString();
    }

    private static string Escape(string text) => SecurityElement.Escape(Printable.Of(text, isUtf8: true));
}
