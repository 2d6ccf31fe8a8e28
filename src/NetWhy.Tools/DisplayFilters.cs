using System.Globalization;
using NetWhy.Analysis.Dissection;
using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Filters;

namespace NetWhy.Tools;

/// <summary>Display filters as the tools take them, and what they tell of the analysis.</summary>
internal static class DisplayFilters
{
    /// <summary>Compiles a filter; a mistake in it is shown with its place.</summary>
    /// <param name="text">The filter.</param>
    /// <param name="prefix">What messages begin with: the option, or nothing.</param>
    /// <param name="host">Whom it is told what the user should know of it.</param>
    /// <exception cref="ToolException">It means nothing.</exception>
    internal static DisplayFilter Compile(string text, string prefix, IToolHost host)
    {
        try
        {
            DisplayFilter filter = DisplayFilter.Compile(text, FieldCatalog.Default);
            foreach (string note in filter.Notes)
                host.Warn(note);
            return filter;
        }
        catch (DisplayFilterException mistake)
        {
            host.Note(text);
            host.Note(new string(' ', mistake.Position) + new string('^', Math.Max(1, mistake.Length)));
            throw new ToolException(ToolException.WrongUsage, prefix + mistake.Message);
        }
    }

    /// <summary>Says at the end what could not be analysed or judged.</summary>
    /// <param name="dissector">Who read the packets.</param>
    /// <param name="filter">The filter that judged them.</param>
    /// <param name="prefix">What messages begin with: the option, or nothing.</param>
    /// <param name="host">Whom it is told.</param>
    internal static void Conclude(Dissector dissector, DisplayFilter filter, string prefix, IToolHost host)
    {
        if (dissector.EvictedConversations is > 0 and var evicted)
            host.Warn(string.Create(CultureInfo.InvariantCulture, $"{prefix}{evicted} TCP conversations were forgotten to bound memory: their later packets were judged as if they were new"));
        if (dissector.CutPackets is > 0 and var cut)
            host.Warn(string.Create(CultureInfo.InvariantCulture, $"{prefix}{cut} packets had more values than are kept, and were judged by a part of them"));
        if (filter.AbandonedMatches is > 0 and var abandoned)
            host.Warn(string.Create(CultureInfo.InvariantCulture, $"{prefix}{abandoned} values took the regular expression too long, and count as not matching"));
    }
}
