"""What Jupyter starts: a connection file goes in (-f FILE); a kernel runs until it is told to end."""

from ipykernel.kernelapp import IPKernelApp

from flowdsl.notebook.kernel.kernel import FlowKernel

if __name__ == "__main__":
    IPKernelApp.launch_instance(kernel_class=FlowKernel)
