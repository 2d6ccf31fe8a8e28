using NetWhy.Exchanges;
using Xunit;

namespace NetWhy.Tests.Exchanges;

/// <summary>Answers to challenges of the Digest scheme. The digests are from Python's hashlib.</summary>
public sealed class DigestAnswerTests
{
    [Theory]
    [InlineData("MD5", "538f5a21e76a0a39a26d559b2bf19b0b")]
    [InlineData("SHA-256", "2af735ec3508f4dff99248ffbbe9de9002bfd7cc770cfa2b026cb334042a54e3")]
    [InlineData("SHA-512-256", "9d3256ee6526ec40dd48743bb48e51ee9baba587c78f15c3a86166242150af98")]
    public void An_algorithm_is_answered_with_itself(string algorithm, string response)
    {
        var answer = DigestAnswer.Read($"realm=\"testrealm\", nonce=\"1053604145\", algorithm=\"{algorithm}\"");

        Assert.Equal(
            $"Digest username=\"testuser\", realm=\"testrealm\", nonce=\"1053604145\", uri=\"/2062\", response=\"{response}\", algorithm={algorithm}",
            answer?.For("testuser", "testpass", "GET", "/2062"));
    }

    [Fact]
    public void What_is_not_known_is_not_answered() => Assert.Null(DigestAnswer.Read("realm=\"a\", nonce=\"b\", algorithm=SHA-3"));
}
