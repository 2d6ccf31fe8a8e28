using System.Globalization;
using System.Text;
using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Filters;
using Xunit;

namespace NetWhy.Tests.Analysis.Filters;

/// <summary>
/// A filter may be anything: it is compiled and evaluated, or refused with an error of its own. Environment variable
/// NETWHY_FUZZ: how many times as long a run.
/// </summary>
public sealed class DisplayFilterFuzzTests
{
    private const int Seed = 40_017;

    private static readonly string[] Words =
    [
        "tcp", "tcp.port", "ip.src", "ipv6.src", "eth.src", "frame", "frame.len", "frame.time", "frame.time_delta", "http.host", "tcp.flags.syn", "tcp.payload",
        "tcp.analysis.flags", "_ws.ftypes.double", "_ws.ftypes.int64", "nosuch", "80", "0x50", "1.5", "10.0.0.1/8", "fe80::/10", "00:11:22", "\"a\"", "'a'", "r\"a+\"",
        "\"2020-01-01\"", "==", "!=", ">", "<=", "===", "contains", "matches", "~", "in", "not", "and", "or", "&&", "||", "any", "all", "+", "-", "*", "/", "%", "&", "(", ")",
        "{", "}", "[0:2]", "[-1]", "#1", "#[1-2]", ",", "..", "len(", "max(", "abs(", "string(", "upper(", "count(", "$", "@", "\\", "\u00e9", "\ud800", "\0",
    ];

    private static readonly string[] Pieces =
    [
        "a", "b", "T", "\u00e9", ".", "^", "$", "|", "(", ")", "[", "]", "[^", "[[:", ":]", ":]]", "[:alpha:]", "-", "*", "+", "?", "{", "}", "{2}", "{2,}", "{,3}", "{99999}",
        "(?", "(?:", "(?=", "(?<=", "(?<n>", "(?P<n>", "(?P=n)", "(?'n'", "(?>", "(?|", "(?i)", "(?-i:", "(?^)", "(?x)", "(?#", "(?C", "(?R)", "(?1)", "(?(1)", "(?(n)", "(*",
        "\\", "\\d", "\\W", "\\b", "\\1", "\\9", "\\12", "\\g1", "\\g{1}", "\\k<n>", "\\k'n'", "\\x", "\\x4", "\\x{41}", "\\x{100}", "\\o{101}", "\\0", "\\377", "\\400",
        "\\cA", "\\c", "\\Q", "\\E", "\\K", "\\R", "\\X", "\\N", "\\h", "\\V", "\\p{L}", "\\z", "\\G", "\\e", "\\", "\n", " ", "#", ",", ":", "=", "!", "<", ">", "'",
    ];

    private static int Times => int.TryParse(Environment.GetEnvironmentVariable("NETWHY_FUZZ"), NumberStyles.None, CultureInfo.InvariantCulture, out int times) ? Math.Clamp(times, 1, 10_000) : 1;

    [Fact]
    public void Damaged_filters_are_read_or_refused()
    {
        int read = 0;
        foreach (string sample in FilterExpressions.Web.Concat(FilterExpressions.Octets).Concat(FilterExpressions.Layers))
            read += Mutation.Of(sample, 10 * Times).Count(IsRead);

        Assert.True(read > 3000, $"only {read} were read: the mutations prove little");
    }

    [Fact]
    public void Words_in_any_order_are_read_or_refused()
    {
        var random = new Random(Seed);
        int read = 0;
        for (int i = 0; i < 20_000 * Times; i++)
        {
            var text = new StringBuilder();
            for (int count = random.Next(1, 9); count > 0; count--)
                text.Append(Words[random.Next(Words.Length)]).Append(random.Next(4) == 0 ? "" : " ");
            read += IsRead(text.ToString()) ? 1 : 0;
        }

        Assert.True(read > 300, $"only {read} were read: the words prove little");
    }

    [Fact]
    public void Patterns_of_any_letters_are_read_or_refused()
    {
        var random = new Random(Seed);
        int read = 0;
        for (int i = 0; i < 10_000 * Times; i++)
        {
            var pattern = new StringBuilder();
            for (int count = random.Next(1, 9); count > 0; count--)
                pattern.Append(Pieces[random.Next(Pieces.Length)]);
            read += IsRead($"frame matches r\"{pattern}\"") ? 1 : 0;
        }

        Assert.True(read > 300, $"only {read} were read: the letters prove little");
    }

    private static bool IsRead(string text)
    {
        DisplayFilter filter;
        try
        {
            filter = DisplayFilter.Compile(text, FilterCatalog.Complete);
        }
        catch (DisplayFilterException exception)
        {
            Assert.InRange(exception.Position, 0, text.Length);
            Assert.InRange(exception.Length, 0, text.Length - exception.Position);
            Assert.False(string.IsNullOrEmpty(exception.Message) || exception.Message.Any(char.IsControl), text);
            return false;
        }

        _ = filter.Matches(DisplayFilterTests.Packet());
        _ = filter.Matches(new DissectedPacket([], new PacketFields(FilterCatalog.Complete)));
        return true;
    }
}
