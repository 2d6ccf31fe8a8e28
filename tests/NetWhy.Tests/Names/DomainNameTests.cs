using NetWhy.Names;
using Xunit;

namespace NetWhy.Tests.Names;

public sealed class DomainNameTests
{
    // RFC 4034, section 6.1.
    private static readonly string[] InCanonicalOrder =
    [
        "example.", "a.example.", "yljkjljk.a.example.", "Z.a.example.", "zABC.a.EXAMPLE.", "z.example.", @"\001.z.example.", "*.z.example.", @"\200.z.example.",
    ];

    [Fact]
    public void Names_sort_as_in_the_standard()
    {
        string[] sorted = [.. InCanonicalOrder.Reverse().Select(Name).Order().Select(name => name.ToString())];

        Assert.Equal(InCanonicalOrder, sorted);
    }

    [Theory]
    [InlineData("WWW.Example.COM", "www.example.com.", true)]
    [InlineData(".", ".", true)]
    [InlineData("www.example.com", "www.example.org", false)]
    [InlineData("a.example", "a.example.com", false)]
    [InlineData("[.example", "{.example", false)] // differ by the bit that tells capitals, and are no letters
    public void Equality_ignores_the_case_of_letters(string left, string right, bool areEqual)
    {
        Assert.Equal(areEqual, Name(left) == Name(right));
        Assert.Equal(areEqual, Name(left).CompareTo(Name(right)) == 0);
        if (areEqual)
            Assert.Equal(Name(left).GetHashCode(), Name(right).GetHashCode());
    }

    [Theory]
    [InlineData("www.example.com", "example.com", true)]
    [InlineData("example.com", "EXAMPLE.com", true)]
    [InlineData("example.com", ".", true)]
    [InlineData("notexample.com", "example.com", false)]
    [InlineData("com", "example.com", false)]
    [InlineData(@"a\003com", "com", false)] // the octets of "com" within a label are no label
    public void A_name_is_at_or_below_another_by_whole_labels(string name, string ancestor, bool isBelow) =>
        Assert.Equal(isBelow, Name(name).IsAtOrBelow(Name(ancestor)));

    [Theory]
    [InlineData("a.b.example.com", "c.B.example.COM", 3)]
    [InlineData("a.com", "a.org", 0)]
    [InlineData("a.b.c", "b.c", 2)]
    [InlineData(".", "com", 0)]
    public void Common_labels_are_counted_from_the_right(string left, string right, int common)
    {
        Assert.Equal(common, Name(left).CommonLabels(Name(right)));
        Assert.Equal(common, Name(right).CommonLabels(Name(left)));
    }

    [Fact]
    public void Parents_end_at_the_root()
    {
        DomainName name = Name("a.b.");

        Assert.Equal(2, name.Labels);
        Assert.Equal("b.", name.Parent.ToString());
        Assert.Equal("b.", name.Last(1).ToString());
        Assert.True(name.Parent.Parent.IsRoot);
        Assert.True(name.Parent.Parent.Parent.IsRoot);
        Assert.Equal("*.a.b.", name.Wildcard.ToString());
        Assert.True(name.Wildcard!.Value.IsWildcard);
    }

    [Fact]
    public void A_label_is_not_put_in_front_of_a_name_that_is_full()
    {
        DomainName name = Name(string.Join('.', Enumerable.Repeat(new string('a', 62), 4))); // 253 octets

        Assert.NotNull(name.Prepend("b"u8));
        Assert.Null(name.Prepend("bb"u8));
        Assert.Null(name.Prepend(default));
        Assert.Null(DomainName.Root.Prepend(new byte[64]));
    }

    private static DomainName Name(string text)
    {
        Assert.True(DomainName.TryParse(text, out DomainName name));
        return name;
    }
}
