using NetWhy.Paths;
using Xunit;

namespace NetWhy.Tests.Paths;

/// <summary>Links of an answer that lead to the same server.</summary>
public sealed class AnswerLinksTests
{
    [Theory]
    [InlineData("<img src='/a.png'><link href=\"/s.css\">", "/", "/a.png", "/s.css")]
    [InlineData("<a href=\"page#part\"><a href='?q=1'>", "/dir/index", "/dir/page", "/dir/?q=1")]
    [InlineData("<a href=\"//elsewhere/x\"><a href='https://elsewhere/'><a href='mailto:x'><a href='#here'><a href=bare>", "/")]
    [InlineData("<a href=\"/own\"><a href=\"/a b\"><a href=\"/\r\nX: 1\"><a href=\"/open", "/own")]
    public void Those_that_can_be_asked_for_as_they_are(string answer, string own, params string[] expected) =>
        Assert.Equal(expected, AnswerLinks.In(answer, own));
}
