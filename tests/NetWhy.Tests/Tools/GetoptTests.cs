using NetWhy.Tools;
using Xunit;

namespace NetWhy.Tests.Tools;

/// <summary>Command lines are read as glibc's getopt_long reads them.</summary>
public sealed class GetoptTests
{
    private static readonly Getopt Getopt = new("tool",
    [
        new('t', "tcp"), new('n', "numeric"), new('N', "net", TakesValue: true), new('\0', "no-header"), new('\0', "tos"),
    ]);

    [Theory]
    [InlineData("-tn", "t n |")]
    [InlineData("-t -n", "t n |")]
    [InlineData("-tNblue x", "t N=blue | x")]
    [InlineData("-tN blue x", "t N=blue | x")]
    [InlineData("a -t b -n", "t n | a b")]
    [InlineData("--tcp --net=blue --num", "t N=blue n |")]
    [InlineData("--net blue --no-header", "N=blue no-header |")]
    [InlineData("-t -- -n --x", "t | -n --x")]
    [InlineData("- -t", "t | -")]
    public void Options_and_operands_may_be_mixed(string line, string expected)
    {
        var read = new List<string>();
        IReadOnlyList<string> operands = Getopt.Parse(
            line.Split(' '),
            (option, value) => read.Add((option.Letter == '\0' ? option.Long : option.Letter.ToString()) + (value is null ? "" : $"={value}")));

        Assert.Equal(expected, $"{string.Join(' ', read)} | {string.Join(' ', operands)}".TrimEnd());
    }

    [Theory]
    [InlineData("-q", "invalid option -- 'q'")]
    [InlineData("-tN", "option requires an argument -- 'N'")]
    [InlineData("--frob", "unrecognized option '--frob'")]
    [InlineData("--t", "option '--t' is ambiguous: --tcp, --tos")]
    [InlineData("--n", "option '--n' is ambiguous: --numeric, --net, --no-header")]
    [InlineData("--net", "option '--net' requires an argument")]
    [InlineData("--tcp=1", "option '--tcp' doesn't allow an argument")]
    public void What_makes_no_sense_is_said(string line, string expected)
    {
        ToolException refusal = Assert.Throws<ToolException>(() => Getopt.Parse(line.Split(' '), (_, _) => { }));

        Assert.Equal(ToolException.WrongUsage, refusal.ExitCode);
        Assert.StartsWith(expected, refusal.Message, StringComparison.Ordinal);
    }
}
