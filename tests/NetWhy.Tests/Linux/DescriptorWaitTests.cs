using NetWhy.Linux;
using Xunit;

namespace NetWhy.Tests.Linux;

/// <summary>Waiting for descriptors, and being woken.</summary>
public sealed class DescriptorWaitTests
{
    [Fact]
    public void Waking_ends_the_next_wait()
    {
        using var wait = new DescriptorWait();
        wait.Wake();

        Assert.False(wait.Wait([], Timeout.InfiniteTimeSpan));
    }

    [Fact]
    public void Waking_what_is_over_writes_into_nothing()
    {
        string path = Path.GetTempFileName();
        var wait = new DescriptorWait();
        wait.Dispose();
        wait.Dispose();
        using (FileStream file = File.OpenWrite(path)) // which gets the lowest number that is free
        {
            wait.Wake();
            Assert.Equal(0, file.Length);
        }

        Assert.Equal(0, new FileInfo(path).Length);
        File.Delete(path);
    }
}
